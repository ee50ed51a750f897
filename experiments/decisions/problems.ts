/**
 * What is decided, and how what a decision is worth follows from features: the generators of Elmachtoub and Grigas
 * (2022) and of PyEPO (Tang and Khalil 2024). All is in terms of worth, θ = −cost where there are costs: structures
 * maximise.
 */
import type { Rng } from "../../src/index.ts";
import type { Solver } from "./solver.ts";

export interface Problem {
  readonly solver: Solver;
  /** Entries of one θ. */
  readonly size: number;
  /** The size of a typical worth: learning rates and λ are in this unit. */
  readonly unit: number;
  /** Whether all decisions have as many elements: then one number added to all worths changes nothing. */
  readonly evenly: boolean;
  /** Writes what the elements are worth to someone with these features. */
  worth(features: Float64Array, noise: () => number, out: Float64Array): void;
}

export interface ProblemKind {
  readonly name: string;
  readonly label: string;
  /** Draws what all instances of a data set share: the matrix B and, where there are some, weights or places. */
  draw(rng: Rng, features: number, degree: number): Problem;
}

const SIDE = 5;
const ITEMS = 32;
const CAPACITY = 20;
const CITIES = 20;

export const problems: readonly ProblemKind[] = [
  {
    name: "path",
    label: `shortest path, ${SIDE} × ${SIDE}`,
    draw: (rng, features, degree) => {
      const size = 2 * SIDE * (SIDE - 1);
      const signal = linearMap(size, features, () => rng.bits() & 1);
      const power = 3.5 ** degree;
      return {
        solver: { name: "path", side: SIDE },
        size,
        unit: 1,
        evenly: true,
        worth(x, noise, out) {
          for (let i = 0; i < size; i++) out[i] = (-((signal(x, i) + 3) ** degree + 1) / power) * noise();
        },
      };
    },
  },
  {
    name: "knapsack",
    label: `knapsack, ${ITEMS} items, 2 constraints`,
    draw: (rng, features, degree) => {
      // Hundredths, 3.00 … 7.99.
      const weights = [0, 1].map(() =>
        Int32Array.from({ length: ITEMS }, () => 300 + Math.floor(500 * rng.uniform())),
      );
      const signal = linearMap(ITEMS, features, () => rng.bits() & 1);
      const scale = 5 / 3.5 ** degree;
      return {
        solver: { name: "sack", weights, capacities: [100 * CAPACITY, 100 * CAPACITY] },
        size: ITEMS,
        unit: 5,
        evenly: false,
        worth(x, noise, out) {
          for (let i = 0; i < ITEMS; i++) {
            out[i] = Math.ceil(scale * ((signal(x, i) + 3) ** degree + 1) * noise());
          }
        },
      };
    },
  },
  {
    name: "tour",
    label: `tour of ${CITIES} cities`,
    draw: (rng, features, degree) => {
      const places = Array.from({ length: CITIES }, (_, i) =>
        i < CITIES / 2 ? [4 * rng.uniform() - 2, 4 * rng.uniform() - 2] : [rng.normal(), rng.normal()],
      );
      const distances = places.flatMap(([x, y], i) =>
        places.slice(i + 1).map(([u, v]) => Math.hypot(x! - u!, y! - v!)),
      );
      const size = distances.length;
      const signal = linearMap(size, features, () => (rng.bits() & 1) * (4 * rng.uniform() - 2));
      return {
        solver: { name: "round", cities: CITIES },
        size,
        unit: 3,
        evenly: true,
        worth(x, noise, out) {
          for (let i = 0; i < size; i++) {
            out[i] = -(distances[i]! + 3 ** (1 - degree) * (signal(x, i) + 3) ** degree * noise());
          }
        },
      };
    },
  },
];

/** (B x)_i / √p for a matrix B drawn entry by entry. */
function linearMap(
  rows: number,
  columns: number,
  entry: () => number,
): (x: Float64Array, row: number) => number {
  const matrix = Float64Array.from({ length: rows * columns }, entry);
  return (x, row) => {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += matrix[row * columns + j]! * x[j]!;
    return sum / Math.sqrt(columns);
  };
}
