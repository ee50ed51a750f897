/** Maps, true and predicted paths, predicted costs: a row of panels for each map. */
import type { TopLevelSpec } from "vega-lite";
import type { FinishedRun } from "../../lab/experiment.ts";
import { colorRamp, pngUrl } from "../../lab/report/png.ts";
import type { Section } from "../../lab/report/report.ts";
import { sequentialColors } from "../../lab/report/theme.ts";
import type { Tensors } from "../../lab/run/safetensors.ts";
import type { WarcraftConfig } from "./config.ts";
import { optimalPaths } from "./evaluate.ts";
import { LABELS } from "./labels.ts";
import { quantise } from "./quantise.ts";
import { TILE, TILE_SIZE } from "./tiles.ts";

interface Panel {
  readonly url: string;
  /** A state of cells, drawn as dots. */
  readonly path: Float32Array;
  readonly best: boolean;
}

/** Pixels between panels, and for the words above. */
const [GAP, WORDS] = [8, 20];
const PANEL = 104;

export function picturesSection(run: FinishedRun<WarcraftConfig>): Section | undefined {
  const { config, kept } = run;
  const { side } = config;
  const cells = side * side;
  const paths = floats(kept, "maps/paths");
  const costs = floats(kept, "maps/costs");
  const tiles = kept["maps/tiles"]?.data;
  const methods = config.methods.filter((method) => kept[`${method}/0/values`]);
  if (!paths || !costs || !(tiles instanceof Uint8Array) || methods.length === 0) return undefined;
  const count = paths.length / cells;
  const columns: ((map: number) => Panel)[] = [
    (map) => ({
      url: mapUrl(tiles.subarray(map * cells * TILE_SIZE, (map + 1) * cells * TILE_SIZE), side),
      path: ofMap(paths, map, cells),
      best: true,
    }),
    (map) => ({ url: heatUrl(ofMap(costs, map, cells), side), path: ofMap(paths, map, cells), best: true }),
    ...methods.map((method) => {
      const predicted = floats(kept, `${method}/0/paths`)!;
      const optimal = optimalPaths(predicted, { side, costs, paths });
      return (map: number): Panel => {
        const values = ofMap(floats(kept, `${method}/0/values`)!, map, cells);
        const shown = method === "direct" ? values.map((l) => 1 / (1 + Math.exp(-l))) : values;
        return { url: heatUrl(shown, side), path: ofMap(predicted, map, cells), best: optimal[map]! };
      };
    }),
  ];
  const titles = ["map, true path", "true costs", ...methods.map((method) => LABELS[method]!)];
  return {
    title: "Maps, costs and paths",
    source: "I-MLE, Table 4",
    conclusion:
      "Test maps. Every heat map runs from its own smallest to its own largest number, since only ratios of costs decide which path is shortest; dark is dear. Dots are the path: of the true costs, or the predicted one, orange where it is not optimal. The direct network's picture is each cell's probability.",
    figures: [
      {
        name: "maps",
        spec: grid(columns, titles, count, side),
        alt: "Rows of pictures: a map with its shortest path, its costs, and each method's predicted costs and path.",
      },
    ],
  };
}

function grid(
  columns: readonly ((map: number) => Panel)[],
  titles: readonly string[],
  count: number,
  side: number,
): TopLevelSpec {
  const width = columns.length * (PANEL + GAP) - GAP;
  const height = WORDS + count * (PANEL + GAP) - GAP;
  const left = (column: number): number => column * (PANEL + GAP);
  const top = (map: number): number => WORDS + map * (PANEL + GAP);
  const images: object[] = [];
  const dots: object[] = [];
  const cell = PANEL / side;
  for (let map = 0; map < count; map++) {
    for (const [column, panel] of columns.entries()) {
      const { url, path, best } = panel(map);
      images.push({ url, x: left(column), y: top(map) });
      for (let c = 0; c < path.length; c++) {
        if (path[c] !== 1) continue;
        const x = left(column) + ((c % side) + 0.5) * cell;
        const y = top(map) + (Math.floor(c / side) + 0.5) * cell;
        dots.push({ x, y, best });
      }
    }
  }
  const place = (axis: "x" | "y", size: number) => ({
    field: axis,
    type: "quantitative" as const,
    axis: null,
    scale: { domain: axis === "x" ? [0, size] : [size, 0], nice: false, zero: false },
  });
  const [x, y] = [place("x", width), place("y", height)];
  return {
    width,
    height,
    layer: [
      {
        data: { values: images },
        mark: { type: "image", width: PANEL, height: PANEL, align: "left", baseline: "top" },
        encoding: { x, y, url: { field: "url", type: "nominal" } },
      },
      {
        data: { values: dots },
        mark: {
          type: "point",
          filled: true,
          shape: "circle",
          size: 0.16 * Math.PI * cell ** 2,
          opacity: 1,
          stroke: "#1a1a1a",
          strokeWidth: 0.6,
        },
        encoding: {
          x,
          y,
          fill: {
            field: "best",
            type: "nominal",
            scale: { domain: [true, false], range: ["#ffffff", "#f08c1e"] },
            legend: null,
          },
        },
      },
      {
        data: { values: titles.map((title, i) => ({ title, x: left(i), y: WORDS - 7 })) },
        mark: { type: "text", align: "left", baseline: "bottom", fontSize: 11 },
        encoding: { x, y, text: { field: "title", type: "nominal" } },
      },
    ],
  } as TopLevelSpec;
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

function ofMap(values: Float32Array, map: number, cells: number): Float32Array {
  return values.subarray(map * cells, (map + 1) * cells);
}
