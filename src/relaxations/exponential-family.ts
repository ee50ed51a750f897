import type { ExponentialFamily, FloatArray, Relaxation } from "../contracts.ts";
import { checkFloats, checkPositive, checkTheta } from "../core/check.ts";
import { checkRelaxation } from "../core/check-relaxation.ts";
import { familySize } from "../core/structure-argument.ts";

/**
 * The exponential-family relaxation: the marginals at u / t.
 *
 * X_t = μ(u / t) = Σ_z z exp(⟨u, z⟩ / t) / Σ_z exp(⟨u, z⟩ / t), whose f is the family's negative entropy, and
 * ∂X_t/∂u = Cov(z) / t. A smaller temperature makes X_t harder, and its gradient smaller nearly everywhere.
 *
 * @param family any structure with exact inference; its context is passed on.
 * @returns the relaxation; both methods cost what the family's `marginals` and `marginalsJvp` cost.
 * @throws TypeError where `family` has no exact inference; its methods throw what the family throws.
 * @example
 * import { exponentialFamily, kSubset } from "hardgrad";
 * const x = new Float64Array(3);
 * exponentialFamily(kSubset(3, 2)).relax(Float64Array.of(0, 0, Math.log(2)), 1, x);
 * Array.from(x, (p) => p.toFixed(2)); // ["0.60", "0.60", "0.80"]
 * @see Paulus et al. 2020, Eq. 8.
 */
export function exponentialFamily<Context>(family: ExponentialFamily<Context>): Relaxation<Context> {
  const name = "exponentialFamily";
  const size = familySize(name, family);
  let scaled = new Float64Array(0);
  let direction = new Float64Array(0);
  let result = new Float64Array(0);

  /** u / t in doubles, whatever the kind of u: a single would lose what the temperature magnifies. */
  function scale(utilities: FloatArray, t: number): void {
    if (scaled.length !== utilities.length) {
      scaled = new Float64Array(utilities.length);
      direction = new Float64Array(utilities.length);
      result = new Float64Array(utilities.length);
    }
    for (let i = 0; i < scaled.length; i++) scaled[i] = utilities[i]! / t;
  }

  return {
    name,
    structure: family,
    relax(utilities, temperature, out, context): void {
      checkRelaxation(name, size, utilities, temperature, out);
      scale(utilities, temperature);
      family.marginals(scaled, result, context);
      out.set(result);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      checkRelaxation(name, size, utilities, temperature, out, cotangent);
      scale(utilities, temperature);
      direction.set(cotangent);
      family.marginalsJvp(scaled, direction, result, context);
      for (let i = 0; i < result.length; i++) out[i] = result[i]! / temperature;
    },
    objective(utilities, temperature, out, context): void {
      checkTheta(name, utilities, size, "utilities");
      checkPositive(name, "temperature", temperature);
      checkFloats(name, "out", out);
      scale(utilities, temperature);
      const value = new Float64Array(out.length);
      family.logPartition(scaled, value, context);
      for (let row = 0; row < out.length; row++) out[row] = temperature * value[row]!;
    },
  };
}
