import { gumbel } from "../../../src/index.ts";
import { type Estimator, repeated } from "../estimator.ts";
import type { Compared } from "./structures.ts";

/**
 * (L(z) − L(MAP θ)) (1 − e^−G) at z = MAP(θ + G): without bias for ∇E L(MAP(θ + G)), so that its bias says how far
 * perturb-and-MAP's own gradient is from that of p(z) ∝ exp⟨z, θ⟩.
 */
export function noiseScore({ family }: Compared): Estimator {
  const noise = gumbel();
  return ({ theta, loss }, rows, rng) => {
    const m = theta.length;
    const perturbed = repeated(theta, rows);
    const score = new Float64Array(rows * m);
    for (let row = 0; row < rows; row++) {
      const epsilon = score.subarray(row * m, (row + 1) * m);
      noise.fill(epsilon, rng.row(row));
      for (let i = 0; i < m; i++) {
        perturbed[row * m + i]! += epsilon[i]!;
        epsilon[i] = -Math.expm1(-epsilon[i]!);
      }
    }
    const z = new Float64Array(rows * m);
    family.map(perturbed, z);
    const baseline = new Float64Array(m);
    family.map(theta, baseline);
    const constant = loss(baseline).value[0]!;
    const { value } = loss(z);
    return score.map((s, i) => s * (value[Math.floor(i / m)]! - constant));
  };
}
