import type { TopLevelSpec } from "vega-lite";
import { inkColor, mutedColor, seriesColors } from "../theme.ts";

export interface StripPlot {
  readonly x: string;
  /** From the top down. */
  readonly strips: readonly Strip[];
  /** Spreads small values out. */
  readonly roots?: boolean;
  /** Numbers as percentages. */
  readonly percent?: boolean;
  /** Low end of the axis; what lies below stands at it as an arrow with its number. */
  readonly from?: number;
  readonly width?: number;
}

export interface Strip {
  readonly name: string;
  /** A dot each, and a bar at their mean. */
  readonly values: readonly number[];
  /** The index of a dot that is filled with ink. */
  readonly marked?: number;
  /** What others found: a diamond. */
  readonly published?: number | undefined;
  /** Index of its colour, 0 where absent. */
  readonly color?: number;
}

/** All values of each name as dots on a line. */
export function stripPlot({ x, strips, roots, percent, from, width = 480 }: StripPlot): TopLevelSpec {
  const low = from ?? (roots ? 0 : undefined);
  const means = strips.map(({ name, values, color = 0 }) => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return { name, mean, color, below: low !== undefined && mean < low };
  });
  const dots = strips.flatMap(({ name, values, marked, color = 0 }, strip) =>
    means[strip]!.below
      ? []
      : values.map((value, i) => ({ name, value, ink: ink(color), marked: i === marked })),
  );
  const y = {
    field: "name",
    type: "nominal" as const,
    sort: null,
    scale: { domain: strips.map(({ name }) => name) },
    title: null,
    axis: { labelLimit: 240, grid: true, labelFontSize: 12 },
  };
  const horizontal = {
    field: "value",
    type: "quantitative" as const,
    title: x,
    scale: {
      type: roots === true ? ("sqrt" as const) : ("linear" as const),
      nice: false,
      ...(low === undefined ? { zero: false } : { domainMin: low }),
    },
    axis: { grid: false, tickCount: width < 300 ? 4 : 6, ...(percent === true ? { format: "~%" } : {}) },
  };
  const encoding = { x: horizontal, y };
  const color = { field: "ink", type: "nominal" as const, scale: null };
  return {
    width,
    height: strips.length * 26,
    layer: [
      {
        data: {
          values: means.filter(({ below }) => !below).map(({ name, mean }) => ({ name, value: mean })),
        },
        mark: { type: "tick", color: mutedColor, thickness: 2.5, size: 18 },
        encoding,
      },
      {
        data: { values: dots.filter(({ marked }) => !marked) },
        mark: { type: "point", filled: true, size: 46, opacity: 0.7 },
        encoding: { ...encoding, color },
      },
      {
        data: { values: dots.filter(({ marked }) => marked) },
        mark: { type: "point", filled: true, size: 46, opacity: 1, color: inkColor },
        encoding,
      },
      {
        data: {
          values: strips.flatMap(({ name, published }) =>
            published === undefined ? [] : [{ name, value: published }],
          ),
        },
        mark: {
          type: "point",
          shape: "diamond",
          filled: false,
          size: 70,
          strokeWidth: 1.6,
          color: inkColor,
          opacity: 1,
        },
        encoding,
      },
      ...means
        .filter(({ below }) => below)
        .flatMap(({ name, mean, color }) => [
          {
            data: { values: [{ name }] },
            mark: {
              type: "point" as const,
              shape: "triangle-left",
              filled: true,
              size: 60,
              opacity: 1,
              color: ink(color),
            },
            encoding: { x: { value: 6 }, y },
          },
          {
            data: {
              values: [{ name, text: percent === true ? `${(100 * mean).toFixed(1)} %` : String(mean) }],
            },
            mark: { type: "text" as const, align: "left" as const, dx: 9, fontSize: 11 },
            encoding: { x: { value: 6 }, y, text: { field: "text" } },
          },
        ]),
    ],
  };
}

function ink(color: number): string {
  return seriesColors[color % seriesColors.length]!;
}
