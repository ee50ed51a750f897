import { checkRelaxation, checkUtilities } from "../boundary/check-relaxation.ts";
import type { ExponentialFamily, FloatArray, Relaxation } from "../contracts.ts";
import { checkFloats } from "../core/check.ts";
import { lent } from "../core/lent.ts";
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
  const scratch = lent(makeWork);

  return {
    name,
    structure: family,
    relax(utilities, temperature, out, context): void {
      checkRelaxation(name, size, utilities, temperature, out);
      const work = scratch.take(utilities.length);
      scale(utilities, temperature, work.scaled);
      family.marginals(work.scaled, work.result, context);
      out.set(work.result);
      scratch.giveBack(utilities.length, work);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      checkRelaxation(name, size, utilities, temperature, out, cotangent);
      const work = scratch.take(utilities.length);
      scale(utilities, temperature, work.scaled);
      work.direction.set(cotangent);
      family.marginalsJvp(work.scaled, work.direction, work.result, context);
      for (let i = 0; i < out.length; i++) out[i] = work.result[i]! / temperature;
      scratch.giveBack(utilities.length, work);
    },
    objective(utilities, temperature, out, context): void {
      checkUtilities(name, size, utilities, temperature);
      checkFloats(name, "out", out);
      const { scaled } = makeWork(utilities.length);
      scale(utilities, temperature, scaled);
      const value = new Float64Array(out.length);
      family.logPartition(scaled, value, context);
      for (let row = 0; row < out.length; row++) out[row] = temperature * value[row]!;
    },
  };
}

type Work = Readonly<Record<"scaled" | "direction" | "result", Float64Array>>;

function makeWork(length: number): Work {
  return {
    scaled: new Float64Array(length),
    direction: new Float64Array(length),
    result: new Float64Array(length),
  };
}

/** u / t in doubles, whatever the kind of u: a single would lose what the temperature magnifies. */
function scale(utilities: FloatArray, t: number, out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = utilities[i]! / t;
}
