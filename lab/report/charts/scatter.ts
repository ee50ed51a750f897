import type { TopLevelSpec } from "vega-lite";
import { seriesColors } from "../theme.ts";

export interface Scatter {
  readonly dots: readonly ScatterDot[];
  readonly x: ScatterAxis;
  readonly y: ScatterAxis;
  readonly title?: string;
  readonly width?: number;
  readonly height?: number;
}

export interface ScatterDot {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  /** Index of its colour, 0 where absent. */
  readonly color?: number;
}

export interface ScatterAxis {
  readonly title: string;
  readonly log?: boolean;
}

/** Height of a name, and width of a letter, in pixels. */
const NAME = { height: 13, letter: 6 };

/** Dots with their names beside them; a name that would lie on another moves up or down. */
export function scatter({ dots, x, y, title, width = 480, height = 320 }: Scatter): TopLevelSpec {
  const across = pixels(x, dots, "x", width);
  const down = pixels(y, dots, "y", height);
  const placed: { left: number; right: number; top: number }[] = [];
  const values = dots.map((dot) => {
    const left = across.of(dot.x) + 8;
    const right = left + NAME.letter * dot.name.length;
    const free = (top: number): boolean =>
      placed.every(
        (other) => right < other.left || left > other.right || Math.abs(top - other.top) >= NAME.height,
      );
    let shift = 0;
    for (let step = 1; !free(down.of(dot.y) + shift); step++) {
      shift = (step % 2 === 0 ? -1 : 1) * Math.ceil(step / 2) * (NAME.height / 2);
    }
    placed.push({ left, right, top: down.of(dot.y) + shift });
    return {
      ...dot,
      at: down.at(down.of(dot.y) + shift),
      ink: seriesColors[(dot.color ?? 0) % seriesColors.length]!,
    };
  });
  const axis = (field: string, { title, log = false }: ScatterAxis, domain: readonly number[]) => ({
    field,
    type: "quantitative" as const,
    title,
    scale: { type: log ? ("log" as const) : ("linear" as const), domain: [...domain], nice: false },
    axis: { grid: field !== "x", tickCount: 5 },
  });
  const color = { field: "ink", type: "nominal" as const, scale: null };
  const horizontal = axis("x", x, across.domain);
  return {
    width,
    height,
    ...(title === undefined ? {} : { title }),
    data: { values },
    layer: [
      {
        mark: { type: "point", filled: true, size: 70, opacity: 1 },
        encoding: { x: horizontal, y: axis("y", y, down.domain), color },
      },
      {
        mark: { type: "text", align: "left", dx: 8, fontSize: 11 },
        encoding: { x: horizontal, y: axis("at", y, down.domain), text: { field: "name" }, color },
      },
    ],
  };
}

/** Pixels from the low end of an axis, whose ends leave room for names, and back. */
function pixels(
  { log = false }: ScatterAxis,
  dots: readonly ScatterDot[],
  field: "x" | "y",
  length: number,
): { domain: [number, number]; of(value: number): number; at(pixel: number): number } {
  const to = log ? Math.log10 : (value: number) => value;
  const from = log ? (value: number) => 10 ** value : (value: number) => value;
  const values = dots.map((dot) => to(dot[field]));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const reach = high - low || Math.abs(low) || 1;
  const start = low - 0.06 * reach;
  const scale = length / ((field === "x" ? 1.22 : 1.12) * reach);
  return {
    domain: [from(start), from(start + length / scale)],
    of: (value) => (to(value) - start) * scale,
    at: (pixel) => from(start + pixel / scale),
  };
}
