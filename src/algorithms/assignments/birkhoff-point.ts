/**
 * argmax ⟨L, X⟩ − Σ X log X over the doubly stochastic n × n matrices, and its implicit derivative.
 *
 * X = diag(u) K diag(v) with K = exp(L + a 1ᵀ + 1 bᵀ). Where L varies by much, a and b are the prices of the best
 * assignment, which makes every entry of K at most 1, with a 1 in every row and column: nothing can overflow or vanish,
 * and the start is right to the leading order in the temperature. Sinkhorn's rounds do the rest, and Newton's method
 * where they are slow: on the potentials of the rows, with columns kept normalised, the Hessian is the Laplacian of the
 * graph of rows with weights (X Xᵀ)_ik. The derivative solves the same system.
 *
 * Scratch: the assignment's, and 3 n² numbers beside L and X.
 */
import { flowPotentials } from "./flow-potentials.ts";
import { gibbsKernel } from "./gibbs-kernel.ts";
import { balanced } from "./implicit-gradient.ts";
import { linearAssignment } from "./linear-assignment.ts";
import { rowPotentials } from "./row-potentials.ts";
import { RIGHT, type Rounds, scaledPlan, scalingRounds, UNSAFE, worstOf } from "./scaling.ts";
import { shortestDistances } from "./shortest-distances.ts";

export interface BirkhoffPoint {
  /** L, row-major n × n for the n given; −Infinity forbids a pair. */
  readonly score: Float64Array;
  /** X. */
  readonly plan: Float64Array;
  /** Finds X until row sums are 1 to within `tolerance`. Returns the rounds that it took. */
  solve(n: number, iterations: number, tolerance: number): number;
  /** Largest |row sum − 1| of `plan`; columns sum to 1. */
  residual(n: number): number;
  /** (∂X/∂L)ᵀ G into `out`, with the X of the last `solve`. */
  product(n: number, cotangent: Float64Array, out: Float64Array): void;
}

/** Entries of K below e^−150 are 0: products of four of them would still be normal numbers, and fast. */
const NEGLIGIBLE = 150;
const OUT_OF_REACH = 1e6;
/** Scores of a row that differ by less are scaled as they are. */
const NARROW = 20;
/** Sinkhorn's rounds before Newton's first step, and after one that failed: a step costs about as many. */
const PATIENCE = 32;
/** Rounds after a Newton step that succeeded. */
const PATIENCE_AFTER_SUCCESS = 2;
/** Halvings of a Newton step that does not reduce the residual. */
const HALVINGS = 8;
/** Rows that are connected by less than this exchange less than the rounding of row sums can tell. */
const UNRESOLVED = 1e-13;
/** A gain for each row that is more than rounding. */
const ENOUGH_GAIN = 1e-10;
/** What a step of the derivative's rounds may still change, as a share of the largest cotangent. */
const ROUNDING = 1e-15;
/** The longest Newton step, in units of log u. */
const LONGEST_STEP = 20;

export function birkhoffPoint(capacity: number): BirkhoffPoint {
  const score = new Float64Array(capacity * capacity);
  const plan = new Float64Array(capacity * capacity);
  const kernel = new Float64Array(capacity * capacity);
  const weights = new Float64Array(capacity * capacity);
  const u = new Float64Array(capacity);
  const v = new Float64Array(capacity);
  const oldU = new Float64Array(capacity);
  const sums = new Float64Array(capacity);
  const step = new Float64Array(capacity);
  const scratch = new Float64Array(5 * capacity);
  const rowSums = new Float64Array(capacity);
  const ended: Rounds = { done: 0, end: 0 };
  /** Of the last `solve`. */
  let rounds = 0;
  /** L with rows of `capacity` numbers, as the assignment's solver reads it. */
  const value = new Float64Array(capacity * capacity);
  const { objectOf, price, solve: assign } = linearAssignment(value, capacity, capacity);

  /**
   * K from prices of the best assignment, so that every reduced score is at most 0, and 0 on the assignment. Prices are
   * the mean of the distances from each object over the reduced costs (Floyd and Warshall): in the middle of all the
   * prices that there are, where those of an augmenting path lie at a corner.
   */
  function startFromAssignment(n: number): void {
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < n; j++, at++) value[i * capacity + j] = score[at]!;
    }
    assign(n, n);
    // Row i of `distance` belongs to the agent of whom object i is; from its object to j costs what j is worse.
    const distance = plan;
    for (let i = 0; i < n; i++) {
      const own = objectOf[i]!;
      const loss = price[own]! - score[i * n + own]!;
      for (let j = 0; j < n; j++) {
        const reduced = Math.max(price[j]! - score[i * n + j]! - loss, 0);
        weights[i * n + j] = reduced;
        distance[own * n + j] = j === own ? 0 : reduced;
      }
    }
    shortestDistances(distance, n);
    // Where forbidden pairs leave objects out of reach of each other, no price in between is too far.
    sums.fill(0, 0, n);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < n; j++, at++) sums[j] = sums[j]! + Math.min(distance[at]!, OUT_OF_REACH) / n;
    }
    for (let i = 0; i < n; i++) {
      const own = sums[objectOf[i]!]!;
      for (let j = 0; j < n; j++) {
        const reduced = weights[i * n + j]! - (sums[j]! - own);
        kernel[i * n + j] = reduced < NEGLIGIBLE ? Math.exp(Math.min(-reduced, 0)) : 0;
      }
    }
  }

  /** One damped Newton step on log u; false if no length of it reduces the dual objective or the residual. */
  function newtonStep(n: number): boolean {
    const objective = normaliseColumns(n);
    scaledPlan(kernel, u, v, plan, n, rowSums);
    for (let i = 0; i < n; i++) {
      sums[i] = 1 - rowSums[i]!;
      oldU[i] = u[i]!;
    }
    const residual = worstOf(rowSums, n);
    rowPotentials(plan, n, sums, UNRESOLVED, weights, step);
    let low = 0;
    let high = 0;
    for (let i = 0; i < n; i++) {
      low = Math.min(low, step[i]!);
      high = Math.max(high, step[i]!);
    }
    let length = Math.min(1, LONGEST_STEP / (high - low));
    for (let halving = 0; halving < HALVINGS; halving++) {
      // Centred, so that neither u nor v drifts away.
      for (let i = 0; i < n; i++) u[i] = oldU[i]! * Math.exp(length * (step[i]! - (low + high) / 2));
      const gain = objective - normaliseColumns(n);
      scaledPlan(kernel, u, v, plan, n, rowSums);
      if (gain > ENOUGH_GAIN * n || worstOf(rowSums, n) < residual) return true;
      length /= 2;
    }
    u.set(oldU);
    normaliseColumns(n);
    return false;
  }

  /** Makes columns of X sum to 1; returns the dual objective Σ_j log Σ_i K_ij u_i − Σ_i log u_i. */
  function normaliseColumns(n: number): number {
    sums.fill(0, 0, n);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < n; j++, at++) sums[j] = sums[j]! + kernel[at]! * u[i]!;
    }
    let objective = 0;
    for (let j = 0; j < n; j++) {
      v[j] = 1 / sums[j]!;
      objective += Math.log(sums[j]! / u[j]!);
    }
    return objective;
  }

  return {
    score,
    plan,
    solve(n, iterations, tolerance): number {
      if (!(gibbsKernel(score, n, kernel, sums) <= NARROW)) startFromAssignment(n);
      u.fill(0, 0, n);
      v.fill(1, 0, n);
      rounds = 0;
      for (let patience = PATIENCE; ; ) {
        // What is measured are the row sums before a round, and each round brings them closer to 1.
        const count = Math.min(patience, iterations - rounds);
        scalingRounds(kernel, n, u, v, sums, count, tolerance, Infinity, ended);
        rounds += ended.done;
        if (ended.end === RIGHT || ended.end === UNSAFE || rounds === iterations) break;
        patience = newtonStep(n) ? PATIENCE_AFTER_SUCCESS : PATIENCE;
      }
      scaledPlan(kernel, u, v, plan, n, rowSums);
      return rounds;
    },
    residual: (n) => worstOf(rowSums, n),

    product(n, cotangent, out): void {
      // By rounds, where the plan took few.
      if (4 * rounds <= n && balanced(plan, n, rowSums, cotangent, n >> 1, ROUNDING, scratch, out)) return;
      // dX = X ∘ (dL + α 1ᵀ + 1 βᵀ) has rows and columns of sum 0. With β eliminated, α solves a Laplacian system whose
      // right side are flows between rows, as its weights may be of any smallness. K has done its work.
      const alpha = oldU;
      flowPotentials(plan, cotangent, n, weights, kernel, alpha);
      sums.fill(0, 0, n);
      for (let i = 0, at = 0; i < n; i++) {
        for (let j = 0; j < n; j++, at++) {
          sums[j] = sums[j]! + plan[at]! * (cotangent[at]! + alpha[i]!);
        }
      }
      for (let i = 0, at = 0; i < n; i++) {
        for (let j = 0; j < n; j++, at++) {
          out[at] = plan[at]! * (cotangent[at]! + alpha[i]! - sums[j]!);
        }
      }
    },
  };
}
