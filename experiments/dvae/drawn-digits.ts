/** Digits like MNIST's, drawn as pen strokes: nobody needs a download to see a generative model work. */
import type { Rng } from "../../src/index.ts";

/** Pixels a side; the strokes stay in the middle 20, as MNIST's do. */
export const SIDE = 28;
const BOX = 20;

type Point = readonly [x: number, y: number];
/** Points that a smooth curve runs through, x to the right and y down in the unit square. */
type Stroke = readonly Point[];

/** Ways to write each digit, each a list of strokes. */
const GLYPHS: readonly (readonly (readonly Stroke[])[])[] = [
  [[loop([0.5, 0.03], [0.84, 0.25], [0.84, 0.72], [0.5, 0.97], [0.16, 0.72], [0.16, 0.25])]],
  [
    [line([0.52, 0.03], [0.48, 0.97])],
    [line([0.54, 0.03], [0.5, 0.97]), line([0.3, 0.24], [0.54, 0.03])],
    [line([0.52, 0.03], [0.5, 0.96]), line([0.28, 0.24], [0.52, 0.03]), line([0.24, 0.96], [0.78, 0.96])],
  ],
  [
    [
      [
        [0.14, 0.26],
        [0.3, 0.07],
        [0.6, 0.03],
        [0.8, 0.2],
        [0.7, 0.45],
        [0.4, 0.72],
        [0.12, 0.95],
      ],
      line([0.12, 0.95], [0.9, 0.93]),
    ],
    [
      [
        [0.16, 0.24],
        [0.4, 0.03],
        [0.74, 0.1],
        [0.74, 0.4],
        [0.45, 0.8],
        [0.2, 0.95],
        [0.13, 0.82],
        [0.3, 0.76],
        [0.55, 0.92],
        [0.9, 0.9],
      ],
    ],
  ],
  [
    [
      [
        [0.14, 0.13],
        [0.48, 0.02],
        [0.78, 0.2],
        [0.66, 0.42],
        [0.38, 0.48],
      ],
      [
        [0.38, 0.48],
        [0.76, 0.56],
        [0.84, 0.78],
        [0.58, 0.97],
        [0.3, 0.97],
        [0.1, 0.84],
      ],
    ],
  ],
  [
    [line([0.56, 0.03], [0.1, 0.62]), line([0.1, 0.62], [0.92, 0.62]), line([0.66, 0.3], [0.62, 0.98])],
    [
      [
        [0.2, 0.04],
        [0.16, 0.34],
        [0.26, 0.52],
        [0.74, 0.5],
      ],
      line([0.78, 0.03], [0.68, 0.98]),
    ],
  ],
  [
    [
      line([0.84, 0.05], [0.26, 0.06]),
      line([0.26, 0.06], [0.2, 0.44]),
      [
        [0.2, 0.44],
        [0.5, 0.38],
        [0.8, 0.54],
        [0.8, 0.8],
        [0.52, 0.97],
        [0.14, 0.9],
      ],
    ],
  ],
  [
    [
      [
        [0.72, 0.04],
        [0.4, 0.22],
        [0.18, 0.55],
        [0.22, 0.84],
        [0.5, 0.98],
        [0.8, 0.84],
        [0.76, 0.6],
        [0.5, 0.5],
        [0.22, 0.68],
      ],
    ],
  ],
  [
    [line([0.12, 0.07], [0.86, 0.06]), line([0.86, 0.06], [0.44, 0.97])],
    [line([0.12, 0.07], [0.84, 0.06]), line([0.84, 0.06], [0.42, 0.97]), line([0.34, 0.52], [0.8, 0.5])],
  ],
  [
    [
      [
        [0.62, 0.05],
        [0.3, 0.06],
        [0.24, 0.3],
        [0.5, 0.47],
        [0.78, 0.68],
        [0.74, 0.92],
        [0.46, 0.98],
        [0.2, 0.86],
        [0.26, 0.64],
        [0.52, 0.47],
        [0.78, 0.26],
        [0.62, 0.05],
      ],
    ],
  ],
  [
    [
      [
        [0.78, 0.26],
        [0.58, 0.04],
        [0.28, 0.1],
        [0.2, 0.34],
        [0.4, 0.5],
        [0.68, 0.42],
        [0.78, 0.26],
      ],
      [
        [0.78, 0.26],
        [0.76, 0.6],
        [0.64, 0.97],
      ],
    ],
  ],
];

const TEN: readonly number[] = GLYPHS.map((_, digit) => digit);

/**
 * Grey values 0 to 255 of `count` images, row by row. Image i depends on the generator's key and on i alone, so that
 * more images begin with the same ones.
 * @param digits to draw, all as often.
 */
export function drawDigits(count: number, rng: Rng, digits: readonly number[] = TEN): Uint8Array {
  const out = new Uint8Array(count * SIDE * SIDE);
  const ink = new Float64Array(SIDE * SIDE);
  const stream = rng.split(0);
  for (let i = 0; i < count; i++) {
    drawDigit(stream.restart(rng, i), digits, ink);
    for (let p = 0; p < ink.length; p++) out[i * ink.length + p] = Math.round(255 * ink[p]!);
  }
  return out;
}

/** One digit with values in [0, 1]. */
function drawDigit(rng: Rng, digits: readonly number[], ink: Float64Array): void {
  const glyphs = GLYPHS[digits[pick(rng, digits.length)]!]!;
  const strokes = glyphs[pick(rng, glyphs.length)]!;
  const place = handwriting(rng);
  const radius = 0.7 + 0.9 * rng.uniform();
  // Above 1 most of a stroke is plain white, as in MNIST.
  const pressure = 0.95 + 0.35 * rng.uniform();
  ink.fill(0);
  for (const stroke of strokes) {
    const points = smooth(stroke.map((point) => jitter(point, rng))).map(place);
    for (let i = 1; i < points.length; i++) drawSegment(points[i - 1]!, points[i]!, radius, ink);
  }
  // Grain: where there is ink, it is not quite even.
  for (let p = 0; p < ink.length; p++) {
    if (ink[p]! > 0) ink[p] = Math.min(1, Math.max(0, ink[p]! * pressure * (1 + 0.06 * rng.normal())));
  }
}

/** A random affine map from the unit square to pixels: size, proportions, slant, rotation, place. */
function handwriting(rng: Rng): (point: Point) => Point {
  const size = BOX * (0.88 + 0.12 * rng.uniform());
  const [width, height] = [size * (0.7 + 0.25 * rng.uniform()), size];
  const slant = 0.18 + 0.16 * rng.normal();
  const angle = 0.09 * rng.normal();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const middle = SIDE / 2 - 0.5;
  const [right, down] = [middle + 0.7 * rng.normal(), middle + 0.7 * rng.normal()];
  return ([x, y]) => {
    const v = (y - 0.5) * height;
    const u = (x - 0.5) * width - slant * v;
    return [right + cos * u - sin * v, down + sin * u + cos * v];
  };
}

function jitter([x, y]: Point, rng: Rng): Point {
  return [x + 0.025 * rng.normal(), y + 0.025 * rng.normal()];
}

/** A Catmull–Rom curve through the points, as short straight pieces. */
function smooth(points: Stroke): Point[] {
  const pieces = 6;
  const at = (i: number): Point => points[Math.min(Math.max(i, 0), points.length - 1)]!;
  const curve: Point[] = [at(0)];
  for (let i = 1; i < points.length; i++) {
    const [a, b, c, d] = [at(i - 2), at(i - 1), at(i), at(i + 1)];
    for (let s = 1; s <= pieces; s++) {
      const t = s / pieces;
      const blend = (axis: 0 | 1): number =>
        0.5 *
        (2 * b[axis] +
          (c[axis] - a[axis]) * t +
          (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t * t +
          (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t * t * t);
      curve.push([blend(0), blend(1)]);
    }
  }
  return curve;
}

/** A pen of this radius with an edge of one pixel; ink does not add up where strokes cross. */
function drawSegment([x0, y0]: Point, [x1, y1]: Point, radius: number, ink: Float64Array): void {
  const reach = radius + 0.5;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy;
  const first = (a: number, b: number): number => Math.max(0, Math.ceil(Math.min(a, b) - reach));
  const last = (a: number, b: number): number => Math.min(SIDE - 1, Math.floor(Math.max(a, b) + reach));
  for (let y = first(y0, y1); y <= last(y0, y1); y++) {
    for (let x = first(x0, x1); x <= last(x0, x1); x++) {
      const along = square > 0 ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / square)) : 0;
      const [ex, ey] = [x - x0 - along * dx, y - y0 - along * dy];
      const cover = Math.min(1, reach - Math.sqrt(ex * ex + ey * ey));
      if (cover > ink[y * SIDE + x]!) ink[y * SIDE + x] = cover;
    }
  }
}

function line(from: Point, to: Point): Stroke {
  return [from, to];
}

function loop(...points: Point[]): Stroke {
  return [...points, points[0]!, points[1]!];
}

function pick(rng: Rng, count: number): number {
  return Math.floor(rng.uniform() * count);
}
