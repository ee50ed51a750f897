import type { TopLevelSpec } from "vega-lite";
import { lineColor, seriesColors } from "../theme.ts";

export interface HighlightedLine {
  readonly title: string;
  /** Drawn thin, their mean thick. */
  readonly lines: readonly Points[];
  /** What it is to be seen among, in grey. */
  readonly others: readonly Points[];
  readonly x: string;
  /** Shares, as percentages. */
  readonly y: string;
  readonly color: number;
  readonly width: number;
  readonly height: number;
}

/** A line as points in order of x. */
export type Points = readonly { readonly x: number; readonly y: number }[];

/** One of several lines that would hide one another: in colour, the others in grey behind it. */
export function highlightedLine(chart: HighlightedLine): TopLevelSpec {
  const { lines, others, width, height } = chart;
  const named = (list: readonly Points[]) => list.flatMap((points, of) => points.map((p) => ({ ...p, of })));
  const encoding = {
    x: {
      field: "x",
      type: "quantitative" as const,
      title: chart.x,
      scale: { zero: false, nice: false },
      axis: { grid: false, tickCount: 4, tickMinStep: 1, format: "d" },
    },
    y: {
      field: "y",
      type: "quantitative" as const,
      title: chart.y,
      scale: { domain: [0, 1] },
      axis: { format: "%", values: [0, 0.25, 0.5, 0.75, 1] },
    },
  };
  const color = seriesColors[chart.color % seriesColors.length]!;
  const layer = (
    list: readonly Points[],
    mark: { color: string; strokeWidth: number; opacity?: number },
  ) => ({
    data: { values: named(list) },
    mark: { type: "line" as const, ...mark },
    encoding: { ...encoding, detail: { field: "of", type: "nominal" as const } },
  });
  return {
    title: chart.title,
    width,
    height,
    layer: [
      layer(others, { color: lineColor, strokeWidth: 2 }),
      ...(lines.length > 1 ? [layer(lines, { color, strokeWidth: 1, opacity: 0.55 })] : []),
      layer([meanOf(lines)], { color, strokeWidth: 2.8 }),
    ],
  };
}

/** The mean of lines with the same x. */
export function meanOf(lines: readonly Points[]): Points {
  const [first = []] = lines;
  return first.map(({ x }, i) => ({
    x,
    y: lines.reduce((sum, line) => sum + line[i]!.y, 0) / lines.length,
  }));
}
