import type { TopLevelSpec } from "vega-lite";
import { mutedColor, seriesColors } from "../theme.ts";

export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** Index of its colour; its place in the list where absent. */
  readonly color?: number;
}

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Ends of the band around y. */
  readonly low?: number;
  readonly high?: number;
}

export interface LineChart {
  readonly lines: readonly Line[];
  readonly x: LineAxis;
  readonly y: LineAxis;
  readonly title?: string;
  readonly width?: number;
  readonly height?: number;
  /** A dashed horizontal line with a word on it. */
  readonly reference?: { readonly y: number; readonly label: string };
  readonly marks?: boolean;
  /** Names side by side in the legend; all where absent. */
  readonly legendColumns?: number;
}

export interface LineAxis {
  readonly title: string;
  readonly log?: boolean;
  readonly domain?: readonly [number, number];
}

/** Curves with bands around them. */
export function lineChart(chart: LineChart): TopLevelSpec {
  const { lines, reference } = chart;
  const values = lines.flatMap(({ name, points }) => points.map((point) => ({ ...point, name })));
  const banded = values.filter((point) => point.low !== undefined && point.high !== undefined);
  const names = lines.map((line) => line.name);
  const colors = lines.map((line, i) => seriesColors[(line.color ?? i) % seriesColors.length]!);
  const scale = ({ log = false, domain }: LineAxis) => ({
    type: log ? ("log" as const) : ("linear" as const),
    ...(domain !== undefined ? { domain: [...domain], clamp: true } : log ? {} : { zero: false }),
  });
  const x = {
    field: "x",
    type: "quantitative" as const,
    title: chart.x.title,
    scale: scale(chart.x),
    axis: { grid: false, tickCount: 6 },
  };
  const y = { field: "y", type: "quantitative" as const, title: chart.y.title, scale: scale(chart.y) };
  const color = {
    field: "name",
    type: "nominal" as const,
    scale: { domain: names, range: colors },
    legend: names.length > 1 ? { symbolType: "stroke" as const, columns: chart.legendColumns ?? 0 } : null,
  };
  return {
    width: chart.width ?? 640,
    height: chart.height ?? 300,
    ...(chart.title === undefined ? {} : { title: chart.title }),
    layer: [
      ...(banded.length === 0
        ? []
        : [
            {
              data: { values: banded },
              mark: { type: "area" as const, opacity: 0.16, clip: true },
              encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
            },
          ]),
      {
        data: { values },
        mark: { type: "line", clip: true, point: chart.marks === true ? { size: 28, filled: true } : false },
        encoding: { x, y, color },
      },
      ...(reference === undefined
        ? []
        : [
            {
              data: { values: [reference] },
              mark: { type: "rule" as const, strokeDash: [4, 4], color: mutedColor },
              encoding: { y: { field: "y", type: "quantitative" as const } },
            },
            {
              data: { values: [reference] },
              mark: { type: "text" as const, align: "right" as const, dy: -7, color: mutedColor },
              encoding: {
                x: { value: "width" as const },
                y: { field: "y", type: "quantitative" as const },
                text: { field: "label" },
              },
            },
          ]),
    ],
  };
}
