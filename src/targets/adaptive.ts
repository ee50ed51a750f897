import type { FloatArray, Target } from "../contracts.ts";
import { checkFraction, checkNonNegative, checkOptions, checkPositive } from "../core/check.ts";
import { targetOf } from "../core/overlap.ts";

export interface AdaptiveOptions {
  /** β at the start. */
  readonly beta?: number;
  /** How far β moves after each backward pass. Larger adapts faster, and overshoots. */
  readonly step?: number;
  /** Wanted mean number of non-zero gradient entries per sample. Larger: bigger λ, more signal, more bias. */
  readonly targetNonZeros?: number;
  /** Decay of the running mean of that number, in [0, 1). Larger: smoother, slower. */
  readonly decay?: number;
}

/** What an adaptive target has learnt; plain data, to be kept in checkpoints. */
export interface AdaptiveState {
  readonly beta: number;
  readonly nonZeros: number;
}

export interface AdaptiveTarget extends Target {
  state(): AdaptiveState;
  restore(state: AdaptiveState): void;
  adapt(nonZerosPerSample: number): void;
}

/**
 * A perturbation-based target whose step size keeps gradients neither empty nor crude.
 *
 * Each row takes λ = β ‖θ‖ / ‖∇_z L‖, so that the step's length is β times that of θ; the same λ divides the
 * difference. After each backward pass β moves by ±`step` so that the running mean of non-zero entries approaches
 * `targetNonZeros`. Norms are those of the row alone: instances do not influence each other's λ. Entries that θ
 * excludes do not count; those that only a context leaves out do, so make padding −Infinity in θ, too. A row whose
 * gradient or θ is 0 has λ = 0 and gradient 0; β never falls below 0.
 *
 * @param options β (1 by default), step (1e-4), targetNonZeros (1), decay (0.9).
 * @throws RangeError for negative or non-finite settings and states.
 * @example
 * import { adaptive } from "hardgrad";
 * const target = adaptive({ beta: 0.5 });
 * const lambda = new Float64Array(1);
 * target.parameters(Float64Array.of(3, 4), Float64Array.of(0, 2), new Float64Array(2), lambda);
 * lambda; // Float64Array [1.25]
 * @see Minervini, Franceschi, Niepert: Adaptive perturbation-based gradient estimation (2023).
 */
export function adaptive(options: AdaptiveOptions = {}): AdaptiveTarget {
  const who = "adaptive";
  checkOptions(who, options, ["beta", "step", "targetNonZeros", "decay"]);
  const { step = 1e-4, targetNonZeros = 1, decay = 0.9 } = options;
  let { beta = 1 } = options;
  checkNonNegative(who, "beta", beta);
  checkPositive(who, "step", step);
  checkPositive(who, "targetNonZeros", targetNonZeros);
  checkFraction(who, "decay", decay);
  let nonZeros = targetNonZeros;

  return {
    name: who,
    parameters(theta, gradient, out, lambda, side = -1) {
      // The length of lambda tells the number of rows; without it there is one.
      const rows = lambda ? lambda.length : 1;
      const size = rows === 0 ? 0 : theta.length / rows;
      const moved = targetOf(out, undefined, theta, gradient);
      const steps = new Float64Array(rows);
      for (let row = 0; row < rows; row++) {
        const start = row * size;
        const length = beta * norm(theta, theta, start, size);
        const gradientNorm = norm(gradient, theta, start, size);
        for (let i = start; i < start + size; i++) {
          // Divided first: λ itself may overflow.
          const direction = gradientNorm > 0 ? gradient[i]! / gradientNorm : 0;
          moved[i] = theta[i]! + side * length * direction;
        }
        steps[row] = gradientNorm > 0 ? length / gradientNorm : 0;
      }
      if (moved !== out) out.set(moved);
      lambda?.set(steps);
    },
    adapt(nonZerosPerSample) {
      nonZeros = decay * nonZeros + (1 - decay) * nonZerosPerSample;
      beta = Math.max(0, beta + (nonZeros < targetNonZeros ? step : -step));
    },
    state: () => ({ beta, nonZeros }),
    restore(state) {
      checkOptions(who, state, ["beta", "nonZeros"], "state");
      checkNonNegative(who, "state.beta", state.beta);
      checkNonNegative(who, "state.nonZeros", state.nonZeros);
      beta = state.beta;
      nonZeros = state.nonZeros;
    },
  };
}

/** ‖x‖ over the entries of a row that θ does not exclude; scaled, so that squares neither overflow nor vanish. */
function norm(x: FloatArray, theta: FloatArray, start: number, size: number): number {
  let largest = 0;
  for (let i = start; i < start + size; i++) {
    if (theta[i] !== -Infinity) largest = Math.max(largest, Math.abs(x[i]!));
  }
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = start; i < start + size; i++) if (theta[i] !== -Infinity) sum += (x[i]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}
