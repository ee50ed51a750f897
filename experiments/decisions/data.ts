import type { Rng, Structure } from "../../src/index.ts";
import type { Problem } from "./problems.ts";

/** Rows of features, what the elements are truly worth in each, and the best decisions. */
export interface Rows {
  readonly count: number;
  readonly features: Float64Array;
  readonly worth: Float64Array;
  readonly best: Float64Array;
}

export interface Instance {
  readonly problem: Problem;
  /** The problem's solver. */
  readonly structure: Structure<undefined>;
  readonly test: Rows;
  readonly train: Rows;
}

export interface Shape {
  readonly features: number;
  /** ε̄: worths are multiplied by U[1 − ε̄, 1 + ε̄]. */
  readonly noise: number;
  readonly testRows: number;
  readonly trainRows: number;
}

/** x and the noise's uniform numbers are the same for all degrees and widths; smaller training sets begin larger ones. */
export function drawInstance(
  problem: Problem,
  structure: Structure<undefined>,
  shape: Shape,
  rng: Rng,
): Instance {
  const rows = (count: number, own: Rng): Rows => drawRows(problem, structure, shape, count, own);
  return {
    problem,
    structure,
    test: rows(shape.testRows, rng.split(1)),
    train: rows(shape.trainRows, rng.split(2)),
  };
}

/** The first rows. */
export function firstRows({ features, worth, best }: Rows, all: number, count: number): Rows {
  const part = (array: Float64Array): Float64Array => array.subarray(0, (array.length / all) * count);
  return { count, features: part(features), worth: part(worth), best: part(best) };
}

function drawRows(
  problem: Problem,
  structure: Structure<undefined>,
  shape: Shape,
  count: number,
  rng: Rng,
): Rows {
  const { size } = problem;
  const features = new Float64Array(count * shape.features);
  const worth = new Float64Array(count * size);
  for (let row = 0; row < count; row++) {
    const stream = rng.row(row);
    const x = features.subarray(row * shape.features, (row + 1) * shape.features);
    for (let j = 0; j < x.length; j++) x[j] = stream.normal();
    const factor = (): number => 1 + shape.noise * (2 * stream.uniform() - 1);
    problem.worth(x, factor, worth.subarray(row * size, (row + 1) * size));
  }
  const best = new Float64Array(worth.length);
  structure.map(worth, best);
  return { count, features, worth, best };
}
