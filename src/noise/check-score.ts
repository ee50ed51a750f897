import type { Noise } from "../contracts.ts";
import { checkNoise } from "../core/check.ts";

/** A noise that knows its score. @throws RangeError for one that does not, TypeError for what is no noise. */
export function checkScore(who: string, noise: Noise): void {
  checkNoise(who, noise);
  if (typeof noise.score === "function") return;
  throw new RangeError(
    `${who}: noise expected one with a score, as gaussian(), gumbel() and logistic() have, got ${noise.name}`,
  );
}

/** Noise by whose factors exp(εZ − ε²/2) of mean 1 costs are perturbed: a standard normal, told by its score, which is z. */
export function checkNormal(who: string, noise: Noise): void {
  checkScore(who, noise);
  if ([-2, 0.5, 3].every((z) => noise.score!(z) === z)) return;
  throw new RangeError(
    `${who}: noise of a multiplicative perturbation expected a standard normal one, as gaussian() makes, got ${noise.name}`,
  );
}
