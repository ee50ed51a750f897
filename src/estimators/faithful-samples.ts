import type { ExponentialFamily, Rng } from "../contracts.ts";

/** S faithful samples of every row, in slabs. Sample s of row r draws from `rng.split(s).row(r)`. */
export function faithfulSamples<Context>(
  family: ExponentialFamily<Context>,
  theta: Float64Array,
  rng: Rng,
  samples: number,
  context: Context | undefined,
): Float64Array {
  const slab = theta.length;
  const states = new Float64Array(samples * slab);
  for (let s = 0; s < samples; s++) {
    family.sample(theta, rng.split(s), states.subarray(s * slab, (s + 1) * slab), context);
  }
  return states;
}
