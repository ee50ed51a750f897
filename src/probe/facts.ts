/** What a few states of the layer tell before any gradient is drawn. */
import type { LossAndGradient } from "../losses/loss-and-gradient.ts";
import { gumbel } from "../noise/gumbel.ts";
import { lengthOf } from "./measure.ts";
import type { Clock, Problem } from "./problem.ts";

export interface Facts {
  /** The λ that moves θ by as much as θ and noise vary: where the sweep of λ begins. */
  readonly lambda: number;
  /**
   * Mean distance ‖z − MAP(θ)‖₁ of z = MAP(θ + ε) over that of MAP(ε): 1 where θ says nothing against the noise, NaN where
   * there was no time to see.
   */
  readonly swamped: number;
  /**
   * Correlation of ⟨dL/dz, z′ − z⟩ with L(z′) − L(z) between states: what the gradient knows of other states; NaN where
   * none of another loss was met.
   */
  readonly foresight: number;
  /** Whether ⟨dL/dz, z′ − z⟩ is L(z′) − L(z) for all pairs met. */
  readonly linear: boolean;
}

const DRAWS = 16;
/** Standard deviation of Gumbel noise. */
const SPREAD = Math.PI / Math.sqrt(6);
/** (Σ (predicted − met)²) / Σ met² of a linear loss in single precision, with room. */
const LINEAR = 1e-10;
/** Σ predicted² / Σ met² of a gradient that is zero but for rounding. */
const SILENT = 1e-20;

export function factsOf<C>(problem: Problem<C>, clock: Clock): Facts {
  const { structure, theta, rows, size, context, rng } = problem;
  const length = rows * size;
  const noise = gumbel({ centered: true });
  const solve = (parameters: Float64Array): Float64Array => {
    const z = new Float64Array(length);
    structure.map(parameters, z, context);
    return z;
  };
  const seen: ({ z: Float64Array } & LossAndGradient)[] = [];
  const best = clock() ? solve(theta) : theta;
  if (clock()) seen.push({ z: best, ...problem.loss(best) });
  let compared = false;
  let near = 0;
  let far = 0;
  for (let s = 0; s < DRAWS && clock(); s++) {
    const epsilon = new Float64Array(length);
    noise.fill(epsilon, rng.split(s));
    const z = solve(theta.map((x, i) => x + epsilon[i]!));
    if (clock()) seen.push({ z, ...problem.loss(z) });
    if (!clock()) break;
    // What θ excludes stays excluded.
    const alone = solve(epsilon.map((x, i) => (theta[i] === -Infinity ? -Infinity : x)));
    near += distance(z, best);
    far += distance(alone, best);
    compared = true;
  }
  let both = 0;
  let predictions = 0;
  let changes = 0;
  let misses = 0;
  for (const from of seen) {
    for (const to of seen) {
      for (let row = 0; row < rows; row++) {
        let predicted = 0;
        for (let i = row * size; i < (row + 1) * size; i++) {
          predicted += from.gradient[i]! * (to.z[i]! - from.z[i]!);
        }
        const met = to.value[row]! - from.value[row]!;
        both += predicted * met;
        predictions += predicted ** 2;
        changes += met ** 2;
        misses += (predicted - met) ** 2;
      }
    }
  }
  const used = theta.filter((x) => x > -Infinity);
  const mean = used.reduce((a, b) => a + b, 0) / used.length;
  const spread = Math.hypot(lengthOf(used.map((x) => x - mean)) / Math.sqrt(used.length), SPREAD);
  const slopes = seen.reduce((sum, { gradient }) => sum + lengthOf(gradient) ** 2, 0) / seen.length / length;
  const silent = predictions <= SILENT * changes;
  return {
    lambda: slopes > 0 && !silent && Number.isFinite(spread) ? spread / Math.sqrt(slopes) : 1,
    swamped: compared ? (far === 0 ? 0 : near / far) : Number.NaN,
    foresight: changes === 0 ? Number.NaN : silent ? 0 : both / Math.sqrt(predictions * changes),
    linear: changes > 0 && misses <= LINEAR * changes,
  };
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum;
}
