import type { TopLevelSpec } from "vega-lite";
import { mutedColor, seriesColors } from "../theme.ts";

export interface DotPlot {
  readonly title: string;
  readonly x: string;
  readonly dots: readonly Dot[];
  readonly width?: number;
  /** Ends of the axis, to share it between figures. */
  readonly domain?: readonly [number, number];
}

export interface Dot {
  readonly name: string;
  readonly value: number;
  /** Half the length of the line through the dot. */
  readonly spread: number;
  /** A short upright mark: a level below which nothing can be told. */
  readonly floor?: number;
  /** Index of its colour, 0 where absent. */
  readonly color?: number;
}

/** One value with its spread for each name, from the top down in the order of the list. */
export function dotPlot({ title, x, dots, width = 300, domain }: DotPlot): TopLevelSpec {
  const values = dots.map((dot) => ({
    ...dot,
    low: domain ? Math.max(domain[0], dot.value - dot.spread) : dot.value - dot.spread,
    high: dot.value + dot.spread,
    ink: seriesColors[(dot.color ?? 0) % seriesColors.length]!,
  }));
  const y = {
    field: "name",
    type: "nominal" as const,
    sort: null,
    title: null,
    axis: { labelLimit: 240, grid: true },
  };
  const horizontal = (field: string) => ({
    field,
    type: "quantitative" as const,
    title: x,
    axis: { grid: false, tickCount: 5 },
    ...(domain ? { scale: { domain: [...domain], clamp: true } } : {}),
  });
  const color = { field: "ink", type: "nominal" as const, scale: null };
  return {
    title,
    width,
    height: dots.length * 26,
    data: { values },
    layer: [
      {
        mark: { type: "rule", strokeWidth: 2, opacity: 0.45 },
        encoding: { x: horizontal("low"), x2: { field: "high" }, y, color },
      },
      {
        transform: [{ filter: "isValid(datum.floor)" }],
        mark: { type: "tick", color: mutedColor, thickness: 1.5, size: 14 },
        encoding: { x: horizontal("floor"), y },
      },
      {
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: { x: horizontal("value"), y, color },
      },
    ],
  };
}
