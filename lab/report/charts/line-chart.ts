import type { TopLevelSpec } from "vega-lite";
import { mutedColor, seriesColors } from "../theme.ts";

export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  /** Index of its colour; its place in the list where absent. */
  readonly color?: number;
  readonly dashed?: boolean;
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
  /** Labels get SI prefixes and this unit: 10 µs. */
  readonly unit?: string;
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
    ...(domain !== undefined ? { domain: [...domain] } : log ? { nice: false } : { zero: false }),
  });
  const axis = ({ log = false, domain, unit }: LineAxis, numbers: readonly number[]) => ({
    ...(log ? { values: logTicks(domain ?? numbers) } : {}),
    ...(unit === undefined
      ? {}
      : { labelExpr: `replace(format(datum.value, "~s"), /([^0-9.]*)$/, " $1${unit}")` }),
  });
  const xs = values.map((point) => point.x);
  const ys = values.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]);
  const x = {
    field: "x",
    type: "quantitative" as const,
    title: chart.x.title,
    scale: scale(chart.x),
    axis: { grid: false, tickCount: 6, ...axis(chart.x, xs) },
  };
  const y = {
    field: "y",
    type: "quantitative" as const,
    title: chart.y.title,
    scale: scale(chart.y),
    axis: axis(chart.y, ys),
  };
  const legend = {
    symbolType: "stroke" as const,
    symbolOpacity: 1,
    columns: chart.legendColumns ?? 0,
    labelLimit: 0,
  };
  const color = {
    field: "name",
    type: "nominal" as const,
    scale: { domain: names, range: colors },
    legend,
  };
  const dash = {
    field: "name",
    type: "nominal" as const,
    scale: { domain: names, range: lines.map((line) => (line.dashed === true ? [5, 3] : [1, 0])) },
    legend,
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
              encoding: {
                x,
                y: { ...y, field: "low" },
                y2: { field: "high" },
                color,
              },
            },
          ]),
      {
        data: { values },
        mark: { type: "line", clip: true, point: chart.marks === true ? { size: 28, filled: true } : false },
        encoding: { x, y, color, strokeDash: dash },
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

/** Powers of ten, with 2 and 5 times them where there are few. */
function logTicks(numbers: readonly number[]): number[] {
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  const exponents: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high); e++) exponents.push(e);
  const ticks = (factors: readonly number[]): number[] =>
    exponents
      .flatMap((e) => factors.map((factor) => Number(`${factor}e${e}`)))
      .filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  const powers = ticks([1]);
  return powers.length > 2 ? powers : ticks([1, 2, 5]);
}
