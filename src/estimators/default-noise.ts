import type { Noise, Structure } from "../contracts.ts";
import { gumbel } from "../noise/gumbel.ts";
import { sumOfGamma } from "../noise/sum-of-gamma.ts";

/**
 * Sum-of-Gamma with κ = the structure's cardinality, Gumbel where it has none; for a composed structure that of each part on
 * the part's entries, as the sum over a part's ones is what should be Gumbel.
 */
export function defaultNoise({ parts, cardinality }: Structure<never>): Noise {
  if (parts === undefined) return cardinality ? sumOfGamma({ k: cardinality }) : gumbel();
  const noises = parts.map(({ structure }) => defaultNoise(structure));
  const [first = gumbel(), ...others] = noises;
  // Independent entries of one law need no division.
  const { name, mean, variance } = first;
  if (others.every((noise) => noise.name === name && noise.mean === mean && noise.variance === variance))
    return first;
  const width = parts.reduce((sum, { inputLength }) => sum + inputLength, 0);
  return {
    name: "byPart",
    mean: Number.NaN,
    variance: Number.NaN,
    fill(out, rng) {
      for (let row = 0; row < out.length; row += width) {
        parts.forEach(({ inputOffset, inputLength }, i) => {
          const at = row + inputOffset;
          noises[i]!.fill(out.subarray(at, at + inputLength), rng);
        });
      }
    },
  };
}
