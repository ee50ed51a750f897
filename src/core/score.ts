import type { FloatArray } from "../contracts.ts";

/** ⟨z, θ⟩ of `size` entries from `z`'s index `at` on, and θ's `from`; excluded entries that are not in z count nothing. */
export function score(z: FloatArray, theta: FloatArray, at: number, size: number, from: number = at): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += z[at + i]! * theta[from + i]!;
  if (!Number.isNaN(sum)) return sum;
  // −∞ · 0 is NaN.
  sum = 0;
  for (let i = 0; i < size; i++) if (z[at + i] !== 0) sum += z[at + i]! * theta[from + i]!;
  return sum;
}
