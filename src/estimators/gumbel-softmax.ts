import type { Evaluation, ExponentialFamily, FloatArray, Layer, Rng, SameKind } from "../contracts.ts";
import { checkFinite, checkOneOf, checkOptions, checkPositive, checkTheta } from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { familySize } from "../core/structure-argument.ts";
import { temper } from "../core/temper.ts";
import { gumbel } from "../noise/gumbel.ts";
import { noiseOf } from "../noise/noise-of.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";

export interface GumbelSoftmaxOptions {
  /** Temperature t of the relaxation, 1 by default. Smaller: closer to one-hot, gradients of larger variance. */
  readonly temperature?: number;
  /** Return the hard state and pull back through the relaxed one (straight-through Gumbel-softmax). */
  readonly hard?: boolean;
}

/**
 * Gumbel-softmax (concrete) relaxation: y = softmax((θ + G) / t) with Gumbel noise G, and its exact gradient.
 *
 * @param family `categorical(n)`; rows are independent variables of n categories.
 * @param options see {@link GumbelSoftmaxOptions}.
 * @returns a layer; O(n) a row.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range.
 * @example
 * import { categorical, gumbelSoftmax, rng } from "hardgrad";
 * const y = gumbelSoftmax(categorical(3), { temperature: 0.5, hard: true }).forward(Float64Array.of(0, 0, 9), rng(0));
 * y.value; // Float64Array [0, 0, 1]
 * @see Jang, Gu, Poole: Categorical reparameterization with Gumbel-softmax (2017); Maddison, Mnih, Teh: The concrete
 *   distribution (2017).
 */
export function gumbelSoftmax<Context = unknown>(
  family: ExponentialFamily<Context>,
  options: GumbelSoftmaxOptions = {},
): Layer<Context> {
  const who = "gumbelSoftmax";
  checkOptions(who, options, ["temperature", "hard"]);
  const { temperature = 1, hard = false } = options;
  checkPositive(who, "temperature", temperature);
  checkOneOf(who, "hard", hard, [true, false]);
  const size = familySize(who, family);
  const draw = noiseOf(who, gumbel(), 1, size);

  function forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): Evaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    const utilities = draw(rows, rng);
    for (let i = 0; i < utilities.length; i++) utilities[i] = theta[i]! + utilities[i]!;
    temper(who, utilities, size, temperature, utilities);
    const value = floatsLike(theta, utilities.length);
    if (hard) family.map(utilities, value, context);
    else family.marginals(utilities, value, context);
    const diagnostics = startDiagnostics(family, rows);
    return {
      value,
      diagnostics,
      backward(cotangent) {
        checkFinite(who, "cotangent", cotangent, utilities.length);
        const product = new Float64Array(utilities.length);
        family.marginalsJvp(utilities, cotangent, product, context);
        diagnostics.solverCalls += rows;
        const gradient = floatsLike(theta, utilities.length);
        for (let i = 0; i < gradient.length; i++) gradient[i] = product[i]! / temperature;
        diagnostics.zeroGradientShare = zeroRowShare(gradient, rows, size);
        return gradient;
      },
    };
  }

  return { name: who, inputShape: family.shape, outputShape: family.shape, forward };
}
