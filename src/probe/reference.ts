/** The gradient that estimates are held against: dE L(z)/dθ, all rows one after the other. */
import type { ExponentialFamily } from "../contracts.ts";
import { isFamily } from "../core/composed.ts";
import { contextRows } from "../core/context-rows.ts";
import { score } from "../core/score.ts";
import { gumbel } from "../noise/gumbel.ts";
import { lengthOf, type Truth } from "./measure.ts";
import type { Clock, Problem } from "./problem.ts";

export interface ProbeReference extends Truth {
  /**
   * "enumeration": exact, over all states with p(z) ∝ exp⟨z, θ⟩. "samples": unbiased for the same law. "perturbations":
   * unbiased for z = MAP(θ + ε) with Gumbel noise, where there is no exact inference.
   */
  readonly kind: "enumeration" | "samples" | "perturbations";
  /**
   * √E‖error‖² of `gradient`, over the length of the true one; 0 where it is exact, Infinity where the error hides it, NaN
   * where there was no time for any. `length` is that of the true gradient where this is below `IMPRECISE`, else that of
   * `gradient` itself, so that no estimate seems nearer to it than it is.
   */
  readonly standardError: number;
  /** States enumerated, or drawn, a row. */
  readonly states: number;
}

/** Numbers that enumerated states may hold: 32 MB. */
const ROOM = 2 ** 22;
const ROUNDING = 1e-12;
/** Samples of a row that are each other's baseline. */
const GROUP = 8;
/** Relative standard error at which a reference is good enough. */
const PRECISE = 0.01;

/** From which no estimator's error is told from another's. */
export const IMPRECISE = 0.3;

/**
 * By enumeration where all states fit into memory and time, by samples elsewhere: as long as `sampling` allows, and, while
 * they are too few to tell anything, as long as `patient` does.
 */
export function referenceOf<C>(
  problem: Problem<C>,
  enumerating: Clock,
  sampling: Clock,
  patient: Clock,
): ProbeReference {
  return enumerated(problem, enumerating) ?? sampled(problem, sampling, patient);
}

function enumerated<C>(problem: Problem<C>, clock: Clock): ProbeReference | undefined {
  const { structure, theta, rows, size, context } = problem;
  if (structure.states === undefined) return undefined;
  const ofRow: Float64Array[][] = [];
  let room = ROOM;
  for (let row = 0; row < rows; row++) {
    const own =
      context === undefined ? undefined : contextRows("probe", structure, context, rows, row, row + 1);
    // Rows without contexts of their own have the same states.
    if (own === undefined && row > 0) {
      ofRow.push(ofRow[0]!);
      continue;
    }
    const states: Float64Array[] = [];
    for (const z of structure.states(own)) {
      states.push(z);
      room -= size;
      if (room < 0 || !clock()) return undefined;
    }
    ofRow.push(states);
  }
  const most = ofRow.reduce((count, states) => Math.max(count, states.length), 0);
  const losses: Float64Array[] = [];
  const z = new Float64Array(rows * size);
  for (let s = 0; s < most; s++) {
    if (!clock()) return undefined;
    for (const [row, states] of ofRow.entries()) z.set(states[s] ?? states[0]!, row * size);
    losses.push(problem.loss(z).value);
  }
  const gradient = new Float64Array(rows * size);
  let largest = 0;
  ofRow.forEach((states, row) => {
    const scores = states.map((state) => score(state, theta, 0, size, row * size));
    const best = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const weights = scores.map((x) => Math.exp(x - best));
    const total = weights.reduce((a, b) => a + b, 0);
    const mean = weights.reduce((sum, w, s) => sum + (w / total) * losses[s]![row]!, 0);
    states.forEach((state, s) => {
      const weight = (weights[s]! / total) * (losses[s]![row]! - mean);
      largest = Math.max(largest, Math.abs(losses[s]![row]!));
      for (let i = 0; i < size; i++) gradient[row * size + i]! += weight * state[i]!;
    });
  });
  const length = lengthOf(gradient);
  // Losses that are all alike leave rounding.
  return {
    kind: "enumeration",
    gradient,
    standardError: 0,
    length: length > ROUNDING * largest ? length : 0,
    states: most,
  };
}

/**
 * Score functions over groups of samples, each the others' baseline. Where there is exact inference, what is linear in z
 * is taken out of the loss by the mean slope of earlier groups and put back exactly: the mean stays, most of the variance
 * goes.
 */
function sampled<C>(problem: Problem<C>, sampling: Clock, patient: Clock): ProbeReference {
  const { structure, theta, rows, size, context, rng } = problem;
  const family = isFamily(structure) ? (structure as ExponentialFamily<C>) : undefined;
  const length = rows * size;
  const noise = gumbel();
  const marginals = new Float64Array(length);
  family?.marginals(theta, marginals, context);
  const mean = new Float64Array(length);
  const slope = new Float64Array(length);
  const fromSlope = new Float64Array(length);
  let squares = 0;
  let largest = 0;
  let groups = 0;
  const knownTo = (share: number): boolean =>
    groups > 1 && Math.sqrt(squares / groups / (groups - 1)) <= share * lengthOf(mean);
  const clock = (): boolean => sampling() || (!knownTo(IMPRECISE) && patient());
  for (; !knownTo(PRECISE); groups++) {
    const estimate = new Float64Array(length);
    const slopes = new Float64Array(length);
    const directions: Float64Array[] = [];
    const losses: Float64Array[] = [];
    for (let s = 0; s < GROUP && clock(); s++) {
      const draw = rng.split(groups * GROUP + s);
      const z = new Float64Array(length);
      const direction = new Float64Array(length);
      if (family) {
        family.sample(theta, draw, z, context);
        for (let i = 0; i < length; i++) direction[i] = z[i]! - marginals[i]!;
      } else {
        noise.fill(z, draw);
        for (let i = 0; i < length; i++) {
          direction[i] = noise.score!(z[i]!);
          z[i] = theta[i]! + z[i]!;
        }
        structure.map(z, z, context);
      }
      const { value, gradient } = problem.loss(z);
      directions.push(direction);
      losses.push(Float64Array.from(value, (x, row) => x - score(z, slope, row * size, size)));
      for (const x of value) largest = Math.max(largest, Math.abs(x));
      for (let i = 0; i < length; i++) slopes[i]! += gradient[i]! / GROUP;
    }
    if (losses.length < GROUP) break;
    for (let row = 0; row < rows; row++) {
      // From the first one on: losses that are all alike leave nothing, not rounding.
      const from = losses[0]![row]!;
      const total = losses.reduce((sum, loss) => sum + (loss[row]! - from), 0);
      for (const [s, loss] of losses.entries()) {
        const own = loss[row]! - from;
        const above = (own - (total - own) / (GROUP - 1)) / GROUP;
        for (let i = row * size; i < (row + 1) * size; i++) estimate[i]! += above * directions[s]![i]!;
      }
    }
    if (family) {
      family.marginalsJvp(theta, slope, fromSlope, context);
      for (let i = 0; i < length; i++) {
        estimate[i]! += fromSlope[i]!;
        slope[i]! += (slopes[i]! - slope[i]!) / (groups + 1);
      }
    }
    for (let i = 0; i < length; i++) {
      // What θ excludes has no gradient.
      const off = theta[i] === -Infinity ? 0 : estimate[i]! - mean[i]!;
      mean[i]! += off / (groups + 1);
      squares += off * (estimate[i]! - mean[i]!);
    }
  }
  const error = Math.sqrt(squares / groups / (groups - 1));
  const seen = lengthOf(mean);
  const norm = Math.sqrt(Math.max(seen ** 2 - error ** 2, 0));
  const isZero = groups > 1 && seen <= ROUNDING * largest;
  const standardError = isZero ? 0 : error / norm;
  return {
    kind: family ? "samples" : "perturbations",
    gradient: mean,
    standardError,
    length: isZero ? 0 : standardError < IMPRECISE ? norm : seen,
    states: groups * GROUP,
  };
}
