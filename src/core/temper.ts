import type { FloatArray } from "../contracts.ts";

/**
 * `out` = θ / τ in doubles; both may be the same array.
 * @throws RangeError where a quotient overflows: to −Infinity, it would exclude its element.
 */
export function temper(
  who: string,
  theta: FloatArray,
  size: number,
  temperature: number,
  out: Float64Array = new Float64Array(theta.length),
): Float64Array {
  const limit = Number.MAX_VALUE * temperature;
  for (let i = 0; i < out.length; i++) {
    const x = theta[i]!;
    if (x > -Infinity && Math.abs(x) > limit) {
      const where = `in row ${Math.floor(i / size)} at ${i % size}`;
      const range = limit.toExponential(0).replace("+", "");
      throw new RangeError(
        `${who}: theta expected numbers in [-${range}, ${range}] at temperature ${temperature}, got ${x} ${where}`,
      );
    }
    out[i] = x / temperature;
  }
  return out;
}
