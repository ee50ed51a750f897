import { expect, test } from "vitest";
import { FALSE_ALARM_Z } from "../../test/statistics.ts";
import { rng } from "../core/rng.ts";
import { gumbel } from "../noise/gumbel.ts";
import { sumOfGamma } from "../noise/sum-of-gamma.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { matching } from "../structures/matching.ts";
import { product } from "../structures/product.ts";
import { repeat } from "../structures/repeat.ts";
import { defaultNoise } from "./default-noise.ts";

test("is Sum-of-Gamma of the cardinality, or Gumbel, and a repetition's is its structure's", () => {
  expect(defaultNoise(kSubset(5, 3)).mean).toBe(sumOfGamma({ k: 3 }).mean);
  expect(defaultNoise(independentBits(5)).name).toBe("gumbel");
  expect(defaultNoise(repeat(kSubset(5, 3), 4)).mean).toBe(sumOfGamma({ k: 3 }).mean);
  expect(defaultNoise(product([])).name).toBe("gumbel");
});

test("has each part's law on the part's entries, whatever the number of rows", () => {
  const nested = product([
    kSubset(3, 2),
    independentBits(2),
    repeat(matching(2), 2),
    product([kSubset(6, 5)]),
  ]);
  const noise = defaultNoise(nested);
  const rows = 20_000;
  const width = 19;
  const draws = new Float64Array(rows * width);
  noise.fill(draws, rng(1));
  const laws = [
    ...new Array(3).fill(sumOfGamma({ k: 2 })),
    ...new Array(2).fill(gumbel()),
    ...new Array(8).fill(sumOfGamma({ k: 2 })),
    ...new Array(6).fill(sumOfGamma({ k: 5 })),
  ];
  laws.forEach(({ mean, variance }, i) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += draws[row * width + i]!;
    expect(Math.abs(sum / rows - mean)).toBeLessThan(FALSE_ALARM_Z * Math.sqrt(variance / rows));
  });
});
