/** Ground truth by enumerating a structure's states. Exact up to double rounding; exponential in size. */
import type { Structure } from "../contracts.ts";

export interface Truth {
  readonly states: readonly Float64Array[];
  readonly probabilities: Float64Array;
  readonly logPartition: number;
  readonly entropy: number;
  readonly marginals: Float64Array;
  /** ⟨z, θ⟩ of the best state. */
  readonly mapScore: number;
  /** Cov(z) v. */
  jvp(v: ArrayLike<number>): Float64Array;
  /** log p(z), −Infinity where z is no state. */
  logProbability(z: ArrayLike<number>): number;
}

/** The law p(z) ∝ exp⟨z, θ⟩ of one instance. States that use an entry of −Infinity have probability 0. */
export function enumerate<C>(structure: Structure<C>, theta: ArrayLike<number>, context?: C): Truth {
  if (!structure.states) throw new TypeError(`${structure.name} has no states()`);
  const states = Array.from(structure.states(context), (z) => z.slice());
  const scores = states.map((z) => dot(z, theta));
  const mapScore = Math.max(...[-Infinity].concat(scores));
  const weights = scores.map((s) => Math.exp(s - mapScore));
  const total = weights.reduce((a, b) => a + b, 0);
  const logPartition = mapScore + Math.log(total);
  const probabilities = Float64Array.from(weights, (w) => w / total);
  const mean = (f: (z: Float64Array, s: number) => number): number =>
    states.reduce((sum, z, s) => (probabilities[s]! > 0 ? sum + probabilities[s]! * f(z, s) : sum), 0);
  const marginals = Float64Array.from(theta, (_, i) => mean((z) => z[i]!));
  return {
    states,
    probabilities,
    logPartition,
    entropy: mean((_, s) => logPartition - scores[s]!),
    marginals,
    mapScore,
    jvp: (v) => {
      const centre = dot(marginals, v);
      return marginals.map((m, i) => mean((z) => (z[i]! - m) * (dot(z, v) - centre)));
    },
    logProbability: (z) => {
      const s = states.findIndex((state) => state.every((x, i) => x === z[i]));
      return s < 0 ? -Infinity : scores[s]! - logPartition;
    },
  };
}

/** ⟨z, θ⟩, where 0 · −Infinity is 0: an excluded element that is not chosen costs nothing. */
export function dot(z: ArrayLike<number>, theta: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) if (z[i] !== 0) sum += z[i]! * theta[i]!;
  return sum;
}
