/** Test series: how points moved, and the edges between them as they were and as each method says. */
import type { TopLevelSpec } from "vega-lite";
import type { FinishedRun } from "../../lab/experiment.ts";
import type { Section } from "../../lab/report/report.ts";
import { inkColor, mutedColor, seriesColors } from "../../lab/report/theme.ts";
import type { NriConfig } from "./config.ts";
import { LABELS } from "./labels.ts";

/** Pixels of a panel and between panels. */
const [PANEL, GAP] = [140, 12];
/** Pairs less likely than this are not drawn. */
const FAINTEST = 0.05;

interface Place {
  readonly x: number;
  readonly y: number;
}

export function picturesSection(run: FinishedRun<NriConfig>): Section | undefined {
  const { config, kept } = run;
  const floats = (name: string): Float32Array | undefined => {
    const data = kept[name]?.data;
    return data instanceof Float32Array ? data : undefined;
  };
  const [positions, adjacency] = [floats("series/positions"), floats("series/adjacency")];
  const methods = config.methods.filter((method) => floats(`${method}/0/marginals`));
  if (!positions || !adjacency || methods.length === 0) return undefined;
  const pictures = [
    { name: "truth", title: "truth", weights: adjacency },
    ...methods.map((method) => ({
      name: method,
      title: LABELS[method]!,
      weights: floats(`${method}/0/marginals`)!,
    })),
  ];
  return {
    title: "Points, true and inferred edges",
    source: "SST, Figure 4",
    conclusion:
      "Test series. Thin lines are where the points came from, dots where they are last. The width of an edge is its marginal probability under the posterior (of independent directed edges the mean of both directions); blue edges are in the true tree, orange ones are not.",
    figures: pictures.map(({ name, title, weights }) => ({
      name: `series-${name}`,
      spec: picture(positions, adjacency, weights, title, config),
      alt: `Moving points with their edges: ${title}.`,
    })),
  };
}

/** Series side by side. */
function picture(
  positions: Float32Array,
  adjacency: Float32Array,
  weights: Float32Array,
  title: string,
  { vertices, timesteps }: NriConfig,
): TopLevelSpec {
  const square = vertices * vertices;
  const count = adjacency.length / square;
  const size = timesteps * vertices * 2;
  const trails: object[] = [];
  const edges: object[] = [];
  const dots: Place[] = [];
  for (let series = 0; series < count; series++) {
    const placed = fitted(positions.subarray(series * size, (series + 1) * size));
    const at = (t: number, v: number): Place => {
      const { x, y } = placed[t * vertices + v]!;
      return { x: series * (PANEL + GAP) + x, y };
    };
    const mean = (i: number, j: number, of: Float32Array): number =>
      (of[series * square + i * vertices + j]! + of[series * square + j * vertices + i]!) / 2;
    for (let i = 0; i < vertices; i++) {
      for (let t = 0; t < timesteps; t++) trails.push({ ...at(t, i), trail: `${series} ${i}`, order: t });
      const last = at(timesteps - 1, i);
      dots.push(last);
      for (let j = 0; j < i; j++) {
        const width = mean(i, j, weights);
        if (width < FAINTEST) continue;
        const { x: x2, y: y2 } = at(timesteps - 1, j);
        edges.push({ ...last, x2, y2, width, real: mean(i, j, adjacency) === 1 });
      }
    }
  }
  const width = count * (PANEL + GAP) - GAP;
  const place = (axis: "x" | "y", size: number) => ({
    field: axis,
    type: "quantitative" as const,
    axis: null,
    scale: { domain: axis === "x" ? [0, size] : [size, 0], nice: false, zero: false },
  });
  const [x, y] = [place("x", width), place("y", PANEL)];
  return {
    title: { text: title, fontWeight: 500 },
    width,
    height: PANEL,
    layer: [
      {
        data: { values: trails },
        mark: { type: "line", strokeWidth: 0.8, opacity: 0.55, color: mutedColor },
        encoding: { x, y, detail: { field: "trail" }, order: { field: "order" } },
      },
      {
        data: { values: edges },
        mark: { type: "rule", strokeCap: "round" },
        encoding: {
          x,
          y,
          x2: { field: "x2" },
          y2: { field: "y2" },
          strokeWidth: {
            field: "width",
            type: "quantitative",
            scale: { domain: [0, 1], range: [0, 4] },
            legend: null,
          },
          color: {
            field: "real",
            type: "nominal",
            scale: { domain: [true, false], range: seriesColors.slice(0, 2) },
            legend: null,
          },
        },
      },
      {
        data: { values: dots },
        mark: { type: "point", filled: true, size: 26, opacity: 1, color: inkColor },
        encoding: { x, y },
      },
    ],
  } as TopLevelSpec;
}

/** Positions in a panel, in one scale for both axes. */
function fitted(positions: Float32Array): Place[] {
  const [xs, ys] = [0, 1].map((axis) => positions.filter((_, i) => i % 2 === axis)) as [
    Float32Array,
    Float32Array,
  ];
  const span = (values: Float32Array): [number, number] => [Math.min(...values), Math.max(...values)];
  const [[left, right], [low, high]] = [span(xs), span(ys)];
  const scale = (PANEL - 8) / Math.max(right - left, high - low, 1e-9);
  const middle = (value: number, from: number, to: number): number =>
    PANEL / 2 + scale * (value - (from + to) / 2);
  return Array.from(xs, (x, i) => ({ x: middle(x, left, right), y: middle(-ys[i]!, -high, -low) }));
}
