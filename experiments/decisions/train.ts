import { shuffled } from "../../lab/run/shuffled.ts";
import { type Rng, regret, solutionPool } from "../../src/index.ts";
import { firstRows, type Instance, type Rows } from "./data.ts";
import type { Method } from "./methods.ts";
import { leastSquares, linearPredictor, type Predictor } from "./predictor.ts";

export interface Training {
  readonly rows: number;
  readonly steps: number;
  readonly batch: number;
  /** Share of the rows that a pool solves; the method's own solver where absent. */
  readonly share: number;
  /** Whether the method's own solver calls go through the pool as well. */
  readonly throughPool: boolean;
}

/**
 * Trains a predictor on the first rows of an instance.
 * @param turn called after each step.
 */
export async function train(
  { problem, structure, train: all }: Instance,
  { judge, rate }: Method,
  { rows: count, steps, batch, share, throughPool }: Training,
  rng: Rng,
  turn: (step: number) => Promise<void>,
): Promise<Predictor> {
  const { size } = problem;
  const rows = firstRows(all, all.count, count);
  const width = rows.features.length / count;
  const predictor = linearPredictor(width, size, rng.split(0));
  if (!judge) {
    predictor.parameters.set(leastSquares(rows));
    return predictor;
  }
  const pool = solutionPool(structure, { share, rng: rng.split(1) });
  pool.add(rows.best);
  const gradientOf = judge(problem, throughPool ? pool : structure, pool);
  const perEpoch = Math.ceil(count / batch);
  let order: Int32Array = new Int32Array(0);
  for (let step = 0; step < steps; step++) {
    const place = step % perEpoch;
    if (place === 0) order = shuffled(count, rng.split(2).split(step / perEpoch));
    const picked = pick(rows, order.subarray(place * batch, (place + 1) * batch));
    const theta = new Float64Array(picked.count * size);
    predictor.predict(picked.features, theta);
    predictor.step(picked.features, gradientOf(theta, picked, rng.split(3).split(step)), rate * problem.unit);
    await turn(step);
  }
  return predictor;
}

/** Σ regret / Σ |best worth| of deciding by the predictions. */
export function normalisedRegret({ problem, structure, test }: Instance, predictor: Predictor): number {
  const { size } = problem;
  const theta = new Float64Array(test.worth.length);
  predictor.predict(test.features, theta);
  const decisions = new Float64Array(theta.length);
  structure.map(theta, decisions);
  const cost = test.worth.map((x) => -x);
  const { value } = regret(decisions, test.best, cost, size);
  let worth = 0;
  for (let row = 0; row < test.count; row++) {
    let sum = 0;
    for (let i = row * size; i < (row + 1) * size; i++) sum += test.best[i]! * test.worth[i]!;
    worth += Math.abs(sum);
  }
  return value.reduce((a, b) => a + b, 0) / worth;
}

function pick({ count, features, worth, best }: Rows, order: Int32Array): Rows {
  const part = (array: Float64Array): Float64Array => {
    const width = array.length / count;
    const out = new Float64Array(order.length * width);
    order.forEach((row, i) => {
      out.set(array.subarray(row * width, (row + 1) * width), i * width);
    });
    return out;
  };
  return { count: order.length, features: part(features), worth: part(worth), best: part(best) };
}
