import { checkInteger, checkNumbers } from "../core/check.ts";

/**
 * Which entries of a row of θ are perturbed: the first so many, or those with a number other than 0 in a list of m numbers.
 * The same for all rows.
 */
export type PerturbedEntries = number | ArrayLike<number>;

/** 1 for each entry of a row that is perturbed, 0 for each other; undefined where all are. */
export function perturbedEntries(
  who: string,
  perturbed: PerturbedEntries | undefined,
  size: number,
): Uint8Array | undefined {
  if (perturbed === undefined) return undefined;
  if (typeof perturbed === "number") {
    checkInteger(who, "perturbed", perturbed, 0, size);
    return new Uint8Array(size).fill(1, 0, perturbed);
  }
  checkNumbers(who, "perturbed", perturbed, size);
  return Uint8Array.from(perturbed, (x) => +(x !== 0));
}
