import type { FloatArray } from "../contracts.ts";

/** Rows of n numbers θ with −Infinity behind their lengths and where a mask is 0. */
export function excluding(
  theta: FloatArray,
  n: number,
  { lengths, mask }: { readonly lengths?: ArrayLike<number>; readonly mask?: ArrayLike<number> },
): FloatArray {
  const own = theta.slice();
  for (let row = 0, start = 0; lengths && start < own.length; row++, start += n) {
    own.fill(-Infinity, start + lengths[row]!, start + n);
  }
  for (let i = 0; mask && i < own.length; i++) if (mask[i] === 0) own[i] = -Infinity;
  return own;
}
