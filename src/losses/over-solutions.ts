/** Losses over a list of known states: each is a function of their scores ⟨θ, z⟩, and dL/dθ = Σ_s dL/dscore_s z_s. */
import type { FloatArray } from "../contracts.ts";
import { checkFinite, checkFloats, checkInteger, checkRows, checkTheta } from "../core/check.ts";
import { score } from "../core/score.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";

/**
 * One row's loss: takes the scores of the states that have no excluded element and minus their true costs, writes the
 * loss's derivative in each score into `slope`, which comes filled with 0, and returns the loss.
 */
export type LossOfScores = (
  scores: Float64Array,
  worth: Float64Array,
  slope: Float64Array,
  row: number,
) => number;

function lossOverSolutions(
  who: string,
  theta: FloatArray,
  solutions: FloatArray,
  size: number,
  cost: FloatArray | undefined,
  loss: LossOfScores,
): LossAndGradient {
  checkInteger(who, "size", size, 1);
  const rows = checkTheta(who, theta, size);
  const count = checkRows(who, solutions, size, "solutions");
  checkFinite(who, "solutions", solutions, solutions.length);
  if (cost !== undefined) checkFinite(who, "cost", cost, theta.length);
  const value = new Float64Array(rows);
  const gradient = theta.slice();
  const kept = new Int32Array(count);
  const scores = new Float64Array(count);
  const worth = new Float64Array(count);
  const slope = new Float64Array(count);
  const sum = new Float64Array(size);
  for (let row = 0; row < rows; row++) {
    const at = row * size;
    let length = 0;
    for (let s = 0; s < count; s++) {
      const of = score(solutions, theta, s * size, size, at);
      if (of === -Infinity) continue;
      kept[length] = s;
      scores[length] = of;
      worth[length] = cost ? -score(solutions, cost, s * size, size, at) : 0;
      slope[length++] = 0;
    }
    if (length === 0) {
      throw new RangeError(`${who}: row ${row} expected a solution without an excluded element, got none`);
    }
    const [ofScores, ofSlope] = [scores.subarray(0, length), slope.subarray(0, length)];
    value[row] = loss(ofScores, worth.subarray(0, length), ofSlope, row);
    sum.fill(0);
    for (let k = 0; k < length; k++) {
      const weight = slope[k]!;
      if (weight === 0) continue;
      const from = kept[k]! * size;
      for (let i = 0; i < size; i++) sum[i] = sum[i]! + weight * solutions[from + i]!;
    }
    gradient.set(sum, at);
  }
  return { value, gradient };
}

/** A loss of scores and of true costs. */
export function lossOfRanking(
  who: string,
  theta: FloatArray,
  cost: FloatArray,
  solutions: FloatArray,
  size: number,
  loss: LossOfScores,
): LossAndGradient {
  checkFloats(who, "cost", cost);
  return lossOverSolutions(who, theta, solutions, size, cost, loss);
}

/** A loss of scores relative to that of a row's own y: L(scores − ⟨θ, y⟩). */
export function lossAgainstTarget(
  who: string,
  theta: FloatArray,
  y: FloatArray,
  solutions: FloatArray,
  size: number,
  loss: (scores: Float64Array, slope: Float64Array) => number,
): LossAndGradient {
  checkInteger(who, "size", size, 1);
  checkTheta(who, theta, size);
  checkFinite(who, "y", y, theta.length);
  const pulls = new Float64Array(theta.length / size);
  const { value, gradient } = lossOverSolutions(
    who,
    theta,
    solutions,
    size,
    undefined,
    (scores, _, slope, row) => {
      const own = score(y, theta, row * size, size);
      const found = loss(
        scores.map((of) => of - own),
        slope,
      );
      pulls[row] = slope.reduce((a, b) => a + b, 0);
      return found;
    },
  );
  for (let i = 0; i < gradient.length; i++) {
    gradient[i] = gradient[i]! - pulls[Math.floor(i / size)]! * y[i]!;
  }
  return { value, gradient };
}

/** The first index of the largest number. */
export function argmax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
