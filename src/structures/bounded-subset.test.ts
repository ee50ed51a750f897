import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose } from "../../test/golden.ts";
import { enumerate } from "../conformance/enumerate.ts";
import type { ExponentialFamily } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { boundedSubset } from "./bounded-subset.ts";
import { categorical } from "./categorical.ts";
import { independentBits } from "./independent-bits.ts";
import { kSubset } from "./k-subset.ts";
import { knapsack } from "./knapsack.ts";

for (const [n, atLeast, atMost] of [
  [1, 0, 1],
  [3, 3, 3],
  [5, 0, 0],
  [5, 1, 3],
  [6, 0, 2],
  [6, 4, 6],
] as const) {
  familyConformance(`${atLeast} to ${atMost} of ${n}`, () => boundedSubset(n, { atLeast, atMost }));
}
familyConformance("with lengths and mask", () => boundedSubset(6, { atLeast: 1, atMost: 3 }), {
  context: { lengths: [5], mask: [1, 0, 1, 1, 1, 1] },
});
familyConformance("with k", () => boundedSubset(5, { atLeast: 1, atMost: 2 }), { context: { k: [3] } });
familyConformance("with bounds of its own", () => boundedSubset(5, { atLeast: 3 }), {
  context: { atLeast: [1], atMost: [2] },
});

/** Both agree on everything but states' order. */
function expectSame(a: ExponentialFamily<never>, b: ExponentialFamily<never>, n: number): void {
  const r = rng(n);
  for (const scale of [1, 30, 1e4]) {
    const theta = Float64Array.from({ length: n }, () => scale * r.normal());
    const v = Float64Array.from({ length: n }, () => r.normal());
    const z = new Float64Array(n);
    a.map(theta, z);
    const found = [a, b].map((family) => {
      const rows = [0, 1, 2].map(() => new Float64Array(n));
      const numbers = [0, 1, 2].map(() => new Float64Array(1));
      family.map(theta, rows[0]!);
      family.marginals(theta, rows[1]!);
      family.marginalsJvp(theta, v, rows[2]!);
      family.logPartition(theta, numbers[0]!);
      family.entropy(theta, numbers[1]!);
      family.logProbability(theta, z, numbers[2]!);
      return [...rows, ...numbers].flatMap((x) => Array.from(x));
    });
    expectClose(found[0]!, found[1]!, { rel: 1e-11, abs: 1e-10 }, `scale ${scale}`);
  }
}

test("has k-subsets, bits, categories and knapsacks of unit weights as special cases", () => {
  expectSame(boundedSubset(40, { atLeast: 7, atMost: 7 }), kSubset(40, 7), 40);
  expectSame(boundedSubset(40), independentBits(40), 40);
  expectSame(boundedSubset(40, { atLeast: 1, atMost: 1 }), categorical(40), 40);
  expectSame(boundedSubset(40, { atMost: 9 }), knapsack(new Array(40).fill(1), 9), 40);
  expect(boundedSubset(9, { atLeast: 4, atMost: 4 }).cardinality).toBe(4);
  expect(boundedSubset(9, { atLeast: 3, atMost: 4 }).cardinality).toBeUndefined();
});

describe("map", () => {
  test("takes what is positive within the bounds, zeros only if needed, the lowest index first", () => {
    const some = boundedSubset(4, { atLeast: 2, atMost: 3 });
    const best = (...theta: number[]): string => {
      const z = new Float64Array(4);
      some.map(Float64Array.from(theta), z);
      return z.join("");
    };
    expect(best(1, 1, 1, 1)).toBe("1110");
    expect(best(0, 0, 0, 0)).toBe("1100");
    expect(best(-1, 0, 2, -1)).toBe("0110");
    expect(best(-1, -1, -1, -1)).toBe("1100");
    expect(best(-1, -Infinity, -3, -2)).toBe("1001");
  });
});

test("large rows are as exact as small ones, and samples keep the bounds", () => {
  const n = 2000;
  const some = boundedSubset(n, { atLeast: 3, atMost: 5 });
  const theta = new Float64Array(n).fill(1e4);
  const logZ = new Float64Array(1);
  some.logPartition(theta, logZ);
  // C(2000, 5) e^50000 and what e^-10000 leaves.
  const choose = [0, 1, 2, 3, 4].reduce((sum, i) => sum + Math.log((n - i) / (i + 1)), 0);
  expectClose(logZ, [5e4 + choose], { rel: 1e-14, abs: 0 });
  const z = new Float64Array(n);
  const counts = new Set<number>();
  for (let seed = 0; seed < 60; seed++) {
    some.sample(new Float64Array(n).fill(-7.6), rng(seed), z);
    counts.add(z.reduce((a, b) => a + b, 0));
  }
  expect(Array.from(counts).sort()).toEqual([3, 4, 5]);
});

test("rows with too few elements are infeasible, and bad bounds are errors", () => {
  const some = boundedSubset(3, { atLeast: 2 });
  const out = new Float64Array(6).fill(7);
  const theta = Float64Array.of(1, 2, 3, 1, -Infinity, -Infinity);
  const message = "boundedSubset: row 1 has no subset within its bounds without an excluded element";
  for (const method of ["map", "marginals"] as const) expect(() => some[method](theta, out)).toThrow(message);
  expect(() => some.logPartition(theta, new Float64Array(2))).toThrow(RangeError);
  expect(() => some.map(new Float64Array(6), out, { lengths: [3, 1] })).toThrow(message);
  expect(() => some.map(new Float64Array(6), out, { atMost: [2, 1] })).toThrow(
    "boundedSubset: context.atLeast of row 1 expected an integer in [0, 1], got 2",
  );
  expect(() => some.map(new Float64Array(6), out, { k: [1, 1], atMost: [2, 1] })).toThrow(
    "expected either k",
  );
  expect(out.every((x) => x === 7)).toBe(true);
  expect(Array.from(some.states({ lengths: [1] }))).toEqual([]);
  expect(() => boundedSubset(3, { atLeast: 2, atMost: 1 })).toThrow(
    "boundedSubset: atLeast expected an integer in [0, 1], got 2",
  );
  expect(() => boundedSubset(3, { atMost: 4 })).toThrow(RangeError);
  expect(() => boundedSubset(3, { least: 1 } as object)).toThrow(TypeError);
});

test("no elements have one state", () => {
  const none = boundedSubset(0);
  expect(Array.from(none.states())).toEqual([new Float64Array(0)]);
  const out = new Float64Array(2);
  none.entropy(new Float64Array(0), out);
  expect(out).toEqual(new Float64Array(2));
  expect(enumerate(boundedSubset(2, { atMost: 0 }), new Float64Array(2)).states).toHaveLength(1);
});
