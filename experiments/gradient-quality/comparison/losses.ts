/** What is minimised: E L(z). The loss decides as much as the estimator does. */
import type { Rng } from "../../../src/index.ts";
import type { Loss } from "../estimator.ts";
import { linearLoss, squaredLoss } from "../separable-losses.ts";

export interface ComparedLoss {
  readonly name: string;
  readonly label: string;
  /** For the columns of tables. */
  readonly short: string;
  /** Standard deviation of θ: 1 is a flat law, 3 one with few likely states. */
  readonly spread: number;
  /** The loss of states with m entries, of which about `ones` are 1. */
  draw(m: number, ones: number, rng: Rng): Loss;
}

/** A loss that couples entries under a flat and a sharp law, and two writings of one that does not. The first is in tables. */
export const losses: readonly ComparedLoss[] = [
  {
    name: "coupled",
    short: "coupled",
    label: "a coupled loss, flat law",
    spread: 1,
    draw: coupled,
  },
  {
    name: "sharp",
    short: "coupled, sharp law",
    label: "a coupled loss, sharp law",
    spread: 3,
    draw: coupled,
  },
  {
    name: "squared",
    short: "separable, squared",
    label: "a separable loss, ‖z − b‖², flat law",
    spread: 1,
    draw: (m, _, rng) => squaredLoss(normals(m, rng).map(Math.abs)),
  },
  {
    name: "linear",
    short: "separable, linear",
    label: "the same, written linearly",
    spread: 1,
    draw: (m, _, rng) => linearLoss(normals(m, rng).map(Math.abs)),
  },
];

const FEATURES = 3;

/**
 * Three random features of the state, pulled towards random levels: between a square and an absolute value, and linear in
 * no writing. Its slopes are of size 1, as those of the others are.
 */
function coupled(m: number, ones: number, rng: Rng): Loss {
  const scale = Math.sqrt(ones);
  const weights = normals(FEATURES * m, rng);
  const levels = normals(FEATURES, rng);
  return (z) => {
    const rows = z.length / m;
    const value = new Float64Array(rows);
    const gradient = new Float64Array(z.length);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < FEATURES; j++) {
        let feature = 0;
        for (let i = 0; i < m; i++) feature += weights[j * m + i]! * z[row * m + i]!;
        const off = feature / scale - levels[j]!;
        const size = Math.abs(off);
        value[row]! += scale * (size + Math.log1p(Math.exp(-2 * size)) - Math.LN2);
        const slope = Math.tanh(off);
        for (let i = 0; i < m; i++) gradient[row * m + i]! += slope * weights[j * m + i]!;
      }
    }
    return { value, gradient };
  };
}

function normals(count: number, rng: Rng): Float64Array {
  return Float64Array.from({ length: count }, () => rng.normal());
}
