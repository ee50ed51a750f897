/** Test maps: what each method takes the costs to be, and the path that follows from them. */
import type { TopLevelSpec } from "vega-lite";
import type { FinishedRun } from "../../lab/experiment.ts";
import { colorRamp, pngUrl } from "../../lab/report/png.ts";
import type { Figure, Section } from "../../lab/report/report.ts";
import { sequentialColors } from "../../lab/report/theme.ts";
import type { Tensors } from "../../lab/run/safetensors.ts";
import type { WarcraftConfig } from "./config.ts";
import { optimalPaths } from "./evaluate.ts";
import { LABELS } from "./labels.ts";
import { quantise } from "./quantise.ts";
import { TILE, TILE_SIZE } from "./tiles.ts";

/** Pixels a side of a picture. */
const SIZE = 230;

/** A section a map. */
export function picturesSections(run: FinishedRun<WarcraftConfig>): Section[] {
  const { config, kept } = run;
  const { side } = config;
  const cells = side * side;
  const paths = floats(kept, "maps/paths");
  const costs = floats(kept, "maps/costs");
  const tiles = kept["maps/tiles"]?.data;
  const methods = config.methods.filter((method) => kept[`${method}/0/values`]);
  if (!paths || !costs || !(tiles instanceof Uint8Array) || methods.length === 0) return [];
  const predictions = methods.map((method) => {
    const predicted = floats(kept, `${method}/0/paths`)!;
    const values = floats(kept, `${method}/0/values`)!;
    return { method, predicted, values, optimal: optimalPaths(predicted, { side, costs, paths }) };
  });
  return Array.from({ length: paths.length / cells }, (_, map) => {
    const own = <A extends Float32Array | Uint8Array>(all: A, size = cells): A =>
      all.subarray(map * size, (map + 1) * size) as A;
    const path = own(paths);
    const cost = (z: Float32Array): number => z.reduce((sum, on, i) => sum + on * own(costs)[i]!, 0);
    const figure = (name: string, url: string, caption: string, drawn: Drawn): Figure => ({
      name: `map-${map}-${name}`,
      spec: panel(url, side, drawn),
      caption,
      alt: caption.replaceAll("**", ""),
    });
    const best = { path, best: true };
    return {
      title: map === 0 ? "What do they make of a map?" : `Test map ${map + 1}`,
      ...(map === 0
        ? {
            source: "I-MLE, Table 4",
            conclusion:
              "The first test maps, and the cheapest path from corner to corner: by the true costs, and by what each method takes the costs to be. Dark is dear; every picture runs from its own smallest to its own largest number, since only ratios decide which path is shortest. A predicted path that is not optimal is orange, and the best one is dotted.",
          }
        : {}),
      columns: 4,
      figures: [
        figure(
          "map",
          mapUrl(own(tiles, cells * TILE_SIZE), side),
          "**the map**, as the network sees it",
          best,
        ),
        figure("costs", heatUrl(own(costs), side), "**true costs**, which it never sees", best),
        ...predictions.map(({ method, predicted, values, optimal }) => {
          const [shown, z] = [own(values), own(predicted)];
          const direct = method === "direct";
          const verdict = optimal[map]!
            ? "optimal"
            : direct
              ? "no optimal path"
              : `costs ${(100 * (cost(z) / cost(path) - 1)).toFixed(1)} % more`;
          return figure(
            method,
            heatUrl(direct ? shown.map((l) => 1 / (1 + Math.exp(-l))) : shown, side),
            `**${LABELS[method]!}**: ${verdict}`,
            optimal[map]! ? { path: z, best: true } : { path: z, best: false, instead: path },
          );
        }),
      ],
    };
  });
}

interface Drawn {
  readonly path: Float32Array;
  readonly best: boolean;
  /** The best path, where `path` is not. */
  readonly instead?: Float32Array;
}

/** A picture of the map with paths on it. */
function panel(url: string, side: number, { path, best, instead }: Drawn): TopLevelSpec {
  const place = (field: string, down: boolean) => ({
    field,
    type: "quantitative" as const,
    axis: null,
    scale: { domain: down ? [side, 0] : [0, side], nice: false, zero: false },
  });
  const [x, y] = [place("x", false), place("y", true)];
  const cell = SIZE / side;
  const lines = (z: Float32Array, color: string, strokeWidth: number, strokeDash?: readonly number[]) => ({
    data: { values: segments(z, side) },
    mark: { type: "rule", color, strokeWidth, strokeCap: "round", ...(strokeDash ? { strokeDash } : {}) },
    encoding: { x, y, x2: { field: "x2" }, y2: { field: "y2" } },
  });
  const dots = (z: Float32Array, color: string, size: number) => ({
    data: { values: marked(z, side) },
    mark: { type: "point", shape: "circle", filled: true, color, opacity: 1, size: size ** 2 },
    encoding: { x, y },
  });
  const halo = (z: Float32Array, color: string): object[] => [
    lines(z, "#ffffff", 0.36 * cell),
    dots(z, "#ffffff", 0.5 * cell),
    lines(z, color, 0.18 * cell),
    dots(z, color, 0.34 * cell),
  ];
  return {
    width: SIZE,
    height: SIZE,
    padding: 0,
    layer: [
      {
        data: { values: [{ url }] },
        mark: { type: "image", width: SIZE, height: SIZE, align: "left", baseline: "top" },
        encoding: { x: { value: 0 }, y: { value: 0 }, url: { field: "url", type: "nominal" } },
      },
      ...(instead === undefined
        ? []
        : [lines(instead, "#ffffff", 0.24 * cell), lines(instead, BEST, 0.1 * cell, [0.01, 0.22 * cell])]),
      ...halo(path, best ? BEST : WORSE),
    ],
  } as TopLevelSpec;
}

const [BEST, WORSE] = ["#16202b", "#e0701a"];

/** The middles of the cells that z marks. */
function marked(z: Float32Array, side: number): { x: number; y: number }[] {
  return Array.from(z.keys())
    .filter((i) => z[i] === 1)
    .map((i) => ({ x: (i % side) + 0.5, y: Math.floor(i / side) + 0.5 }));
}

/** Lines between marked neighbours. A shortest path touches itself nowhere, so that these are its steps. */
function segments(z: Float32Array, side: number): { x: number; y: number; x2: number; y2: number }[] {
  const cells = marked(z, side);
  return cells.flatMap(({ x, y }, i) =>
    cells
      .slice(i + 1)
      .filter((other) => Math.abs(other.x - x) <= 1 && Math.abs(other.y - y) <= 1)
      .map((other) => ({ x, y, x2: other.x, y2: other.y })),
  );
}

/** Tiles as a picture of side · TILE pixels. */
function mapUrl(tiles: Uint8Array, side: number): string {
  const wide = side * TILE;
  const rgb = new Uint8Array(3 * wide * wide);
  for (let cell = 0; cell < side * side; cell++) {
    for (let y = 0; y < TILE; y++) {
      const from = cell * TILE_SIZE + 3 * TILE * y;
      const to = 3 * ((Math.floor(cell / side) * TILE + y) * wide + (cell % side) * TILE);
      rgb.set(tiles.subarray(from, from + 3 * TILE), to);
    }
  }
  const { pixels, palette } = quantise(rgb);
  return pngUrl(wide, wide, pixels, palette);
}

/** Cells as squares of TILE pixels, from the smallest to the largest value. */
function heatUrl(values: Float32Array, side: number): string {
  const levels = 255;
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const wide = side * TILE;
  const pixels = Uint8Array.from({ length: wide * wide }, (_, p) => {
    const [y, x] = [Math.floor(p / wide / TILE), Math.floor((p % wide) / TILE)];
    return Math.round(((values[y * side + x]! - low) / range) * (levels - 1));
  });
  return pngUrl(wide, wide, pixels, colorRamp(sequentialColors, levels));
}

function floats(kept: Tensors, name: string): Float32Array | undefined {
  const data = kept[name]?.data;
  return data instanceof Float32Array ? data : undefined;
}
