import type { Structure } from "../contracts.ts";
import { checkOptions } from "../core/check.ts";
import { checkNamedStructure } from "../core/structure-argument.ts";
import { relaxedTopK } from "../relaxations/relaxed-top-k.ts";
import type { KSubsetContext } from "../structures/k-subset.ts";
import {
  relaxedLayer,
  type StochasticSoftmaxLayer,
  type StochasticSoftmaxOptions,
} from "./stochastic-softmax.ts";

export type RelaxedSubsetOptions = Omit<StochasticSoftmaxOptions, "parameter" | "perturbed">;

/**
 * SoftSub: a relaxed k-subset by k softmaxes over θ + G with one draw of Gumbel noise G, and its exact gradient.
 *
 * G is added: subtracted, as in some published code, it favours other subsets than weighted reservoir sampling does.
 *
 * @param structure `kSubset(n, k)` or `categorical(n)`.
 * @param options `temperature` t, 0.5 by default (smaller: less bias, more variance), `noise`, `samples`, `average`, `hard`.
 * @returns a layer; `evaluate` gives the top-k of the same θ + G. O(nk) a row.
 * @throws TypeError for an unknown option, another structure or a missing `rng`, RangeError for values out of range.
 * @example
 * import { kSubset, relaxedSubset, rng } from "hardgrad";
 * const x = relaxedSubset(kSubset(5, 2)).forward(Float64Array.of(0, 1, 2, 3, 4), rng(0));
 * x.value.reduce((a, b) => a + b).toFixed(6); // "2.000000"
 * @see Xie and Ermon: Reparameterizable subset sampling via continuous relaxations (2019).
 */
export function relaxedSubset(
  structure: Structure<KSubsetContext>,
  options: RelaxedSubsetOptions = {},
): StochasticSoftmaxLayer<KSubsetContext> {
  const who = "relaxedSubset";
  checkOptions(who, options, ["noise", "temperature", "samples", "average", "hard"]);
  const { temperature = 0.5 } = options;
  checkNamedStructure(who, structure, ["kSubset", "categorical"]);
  return relaxedLayer(who, relaxedTopK(structure), { ...options, temperature });
}
