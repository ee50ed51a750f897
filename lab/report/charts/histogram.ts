import type { TopLevelSpec } from "vega-lite";
import { inkColor, seriesColors } from "../theme.ts";

export interface Histogram {
  readonly title: string;
  /** Left edges of bins of equal width, and how large a share of the samples is in each. */
  readonly edges: readonly number[];
  readonly width: number;
  readonly shares: readonly number[];
  readonly x: string;
  /** A density to compare with, drawn as a line. */
  readonly density?: { readonly label: string; at(x: number): number };
  readonly color?: number;
  /** Of the vertical axis, to share it between figures. */
  readonly top?: number;
}

/** Bars of density, with the density that they should follow. */
export function histogram(chart: Histogram): TopLevelSpec {
  const { edges, width, shares, density } = chart;
  const bars = edges.map((from, i) => ({ from, to: from + width, y: shares[i]! / width }));
  const first = edges[0]!;
  const last = edges.at(-1)! + width;
  const x = {
    type: "quantitative" as const,
    title: chart.x,
    scale: { domain: [first, last], nice: false },
    axis: { grid: false, tickCount: 6 },
  };
  const y = {
    field: "y",
    type: "quantitative" as const,
    title: "density",
    ...(chart.top === undefined ? {} : { scale: { domain: [0, chart.top] } }),
    axis: { tickCount: 4 },
  };
  const curve =
    density === undefined
      ? []
      : Array.from({ length: 201 }, (_, i) => {
          const at = first + ((last - first) * i) / 200;
          return { x: at, y: density.at(at), name: density.label };
        });
  return {
    title: chart.title,
    width: 380,
    height: 220,
    layer: [
      {
        data: { values: bars },
        mark: { type: "bar", color: seriesColors[chart.color ?? 0]!, opacity: 0.75, binSpacing: 0.5 },
        encoding: { x: { ...x, field: "from", bin: "binned" }, x2: { field: "to" }, y },
      },
      {
        data: { values: curve },
        mark: { type: "line", color: inkColor, strokeWidth: 1.5, clip: true },
        encoding: { x: { ...x, field: "x" }, y },
      },
    ],
  };
}
