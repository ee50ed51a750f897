import { describe, expect, test } from "vitest";
import { rng } from "../core/rng.ts";
import { kSubset } from "../structures/k-subset.ts";
import { simple } from "./simple.ts";

describe.each(["exact-samples", "perturb-and-map"] as const)("simple, backward %s", (backward) => {
  const cotangent = Float64Array.of(1, -3, 0.3, 2);

  test("does not depend on what becomes of the caller's generator after forward", () => {
    const layer = simple(kSubset(4, 2), { backward });
    const theta = Float64Array.of(0, 1, 2, 3);
    const mine = rng(0);
    const z = layer.forward(theta, mine);
    mine.restart(rng(5), 3);
    expect(z.backward(cotangent)).toEqual(layer.forward(theta, rng(0)).backward(cotangent));
  });

  test("states that are all the same have no gradient, for any number of them", () => {
    for (const backwardSamples of [2, 3, 7, 10, 49]) {
      const layer = simple(kSubset(4, 2), { backward, backwardSamples });
      const z = layer.forward(Float64Array.of(0, 1e4, 2e4, -1e4), rng(0));
      expect(Array.from(z.backward(cotangent), (x) => x + 0)).toEqual([0, 0, 0, 0]);
      expect(z.diagnostics.zeroGradientShare).toBe(1);
    }
  });
});
