import type { TopLevelSpec } from "vega-lite";
import { formatPlaces } from "../format.ts";
import { divergingColors, sequentialColors } from "../theme.ts";

export interface HeatMap {
  readonly title: string;
  readonly cells: readonly HeatCell[];
  readonly x: string;
  readonly y: string;
  /** Colours around zero instead of from low to high. */
  readonly diverging?: boolean | undefined;
  /** Ends of the colour scale, to share it between figures; those of the values where absent. */
  readonly domain?: readonly [number, number] | undefined;
  /** Of the numbers, after the point; 2 where absent. */
  readonly places?: number;
  readonly cellWidth?: number;
  readonly cellHeight?: number;
}

export interface HeatCell {
  readonly x: string;
  readonly y: string;
  readonly value: number;
  /** A standard deviation, written small below the value. */
  readonly spread?: number;
}

/** A grid of coloured cells with their numbers written in; columns and rows are in the order of the list. */
export function heatMap(map: HeatMap): TopLevelSpec {
  const { cells, diverging = false } = map;
  const finite = cells.map((cell) => cell.value).filter(Number.isFinite);
  const [low, high] = map.domain ?? [Math.min(...finite), Math.max(...finite)];
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const domain = diverging ? spaced(-reach, reach, 5) : spaced(low, high === low ? low + 1 : high, 5);
  const places = map.places ?? 2;
  const values = cells.map((cell) => {
    const at = diverging ? Math.abs(cell.value) / reach : (cell.value - low) / (high - low || 1);
    return {
      x: cell.x,
      y: cell.y,
      value: cell.value,
      text: formatPlaces(cell.value, places),
      spread: cell.spread === undefined ? "" : `± ${formatPlaces(cell.spread, places)}`,
      dark: at > 0.62,
    };
  });
  const withSpread = cells.some((cell) => cell.spread !== undefined);
  const order = (key: "x" | "y"): string[] => [...new Set(cells.map((cell) => cell[key]))];
  const axis = { grid: false, labelAngle: 0, labelLimit: 240 };
  const shared = { type: "ordinal" as const, axis, scale: { padding: 0.04 } };
  const position = {
    x: { field: "x", title: map.x, sort: order("x"), ...shared },
    y: { field: "y", title: map.y, sort: order("y"), ...shared },
  };
  const text = (field: "text" | "spread", dy: number, fontSize: number) => ({
    mark: { type: "text" as const, dy, fontSize, opacity: field === "spread" ? 0.8 : 1 },
    encoding: {
      ...position,
      text: { field },
      // Not the page's ink: the cells look the same on a dark page.
      color: { condition: { test: "datum.dark", value: "#ffffff" }, value: "#10151b" },
    },
  });
  return {
    title: map.title,
    width: order("x").length * (map.cellWidth ?? 50),
    height: order("y").length * (map.cellHeight ?? (withSpread ? 40 : 30)),
    data: { values },
    layer: [
      {
        mark: { type: "rect", cornerRadius: 2 },
        encoding: {
          ...position,
          color: {
            field: "value",
            type: "quantitative",
            scale: {
              domain,
              range: [...(diverging ? divergingColors : sequentialColors)],
              clamp: true,
              interpolate: "lab",
            },
            legend: null,
          },
        },
      },
      text("text", withSpread ? -6 : 0, 12),
      ...(withSpread ? [text("spread", 9, 9.5)] : []),
    ],
  };
}

function spaced(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}
