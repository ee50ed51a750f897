/** Losses that are a sum over the state's entries, and have the same values on states. */
import type { Loss } from "./estimator.ts";

/** ‖z − b‖², the paper's loss, with gradient 2 (z − b). */
export function squaredLoss(b: Float64Array): Loss {
  return perEntry(
    b,
    (z, target) => (z - target) ** 2,
    (z, target) => 2 * (z - target),
  );
}

/** Σ z (1 − 2b) + b²: for z in {0,1} the same number, but with a gradient that does not depend on z. */
export function linearLoss(b: Float64Array): Loss {
  return perEntry(
    b,
    (z, target) => z * (1 - 2 * target) + target ** 2,
    (_, target) => 1 - 2 * target,
  );
}

function perEntry(
  b: Float64Array,
  value: (z: number, b: number) => number,
  derivative: (z: number, b: number) => number,
): Loss {
  const m = b.length;
  return (z) => {
    const values = new Float64Array(z.length / m);
    const gradient = z.slice();
    for (let i = 0; i < z.length; i++) {
      values[Math.floor(i / m)]! += value(z[i]!, b[i % m]!);
      gradient[i] = derivative(z[i]!, b[i % m]!);
    }
    return { value: values, gradient };
  };
}
