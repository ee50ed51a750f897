import fc from "fast-check";
import highs from "highs";
import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { expectLaw, number, row } from "../../test/law.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { type KnapsackContext, knapsack } from "./knapsack.ts";

familyConformance("knapsack of five items", () => knapsack([2, 3, 1, 4, 2], 6));
familyConformance("knapsack of even weights", () => knapsack([4, 6, 2, 10, 4, 6], 13));
familyConformance("knapsack with room for all", () => knapsack([1, 2, 3], 1000));
familyConformance("knapsack with room for none", () => knapsack([1, 2, 3], 0));
familyConformance("knapsack of weightless items", () => knapsack([0, 3, 0, 2], 3));
familyConformance("a row of knapsack with its own weights", () => knapsack([1, 1, 1, 1, 1], 2), {
  context: { weights: [3, 1, 4, 1, 5], capacity: [7], lengths: [4], mask: [1, 1, 1, 0, 1] },
});

describe("golden vectors", () => {
  interface Inputs {
    values: number[];
    weights: number[];
    capacity: number;
    v?: number[];
  }
  interface Outputs {
    x: number[];
    value: number;
    numFeasible: number;
    logPartitionT4?: number;
    marginalsT4: number[];
    jvpT4: number[];
  }
  for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("knapsack")) {
    test(name, () => {
      const family = knapsack(inputs.weights, inputs.capacity);
      const values = Float64Array.from(inputs.values);
      const x = row(family, (out) => family.map(values, out));
      expect(Array.from(x)).toEqual(outputs.x);
      expectClose(dot(x, values), outputs.value, tol);
      // At θ = 0 the partition function counts the states.
      expectClose(
        number((out) => family.logPartition(new Float64Array(x.length), out)),
        Math.log(outputs.numFeasible),
        tol,
      );
      if (outputs.logPartitionT4 === undefined || !inputs.v) return;
      const theta = values.map((value) => value / 4);
      const direction = Float64Array.from(inputs.v, (value) => value / 4);
      expectClose(
        number((out) => family.logPartition(theta, out)),
        outputs.logPartitionT4,
        tol,
      );
      expectClose(
        row(family, (out) => family.marginals(theta, out)),
        outputs.marginalsT4,
        tol,
      );
      expectClose(
        row(family, (out) => family.marginalsJvp(theta, direction, out)),
        outputs.jvpT4,
        tol,
      );
    });
  }
});

test("agrees with enumeration on thousands of small instances, with exclusions and ties", () => {
  const r = rng(1);
  const integer = (max: number) => Math.floor(r.uniform() * (max + 1));
  for (let i = 0; i < 2500; i++) {
    const n = 1 + integer(6);
    const unit = 1 + integer(2);
    const weights = Array.from({ length: n }, () => unit * integer(8));
    const family = knapsack(weights, integer(30));
    const scale = [0, 1, 30, 1e4][i % 4]!;
    const theta = Float64Array.from({ length: n }, () =>
      r.uniform() < 0.1 ? -Infinity : i % 3 === 0 ? (integer(4) - 2) * scale : scale * r.normal(),
    );
    const truth = enumerate(family, theta);
    expect(truth.states.every((z) => dot(z, weights) <= 30)).toBe(true);
    const tol = { rel: 1e-9, abs: 1e-11 * (1 + scale) };
    const z = row(family, (out) => family.map(theta, out));
    expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
    expect(z.every((x, j) => x === 0 || theta[j]! > 0)).toBe(true);
    expectClose(dot(z, theta), truth.mapScore, { rel: 1e-12, abs: 1e-12 * scale });
    const v = Float64Array.from(theta, () => r.normal());
    expectLaw(family, theta, truth, v, tol, { rel: 1e-14, abs: 1e-12 * (1 + scale) });
  }
});

test("the states are the sets within the capacity", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 8 }), fc.nat(30), (weights, capacity) => {
      const found = new Set(Array.from(knapsack(weights, capacity).states!(), (z) => z.join("")));
      let count = 0;
      for (let bits = 0; bits < 2 ** weights.length; bits++) {
        const z = weights.map((_, i) => (bits >> i) & 1);
        if (dot(z, weights) > capacity) continue;
        count++;
        expect(found.has(z.join(""))).toBe(true);
      }
      expect(found.size).toBe(count);
    }),
    { numRuns: 100, seed: 2 },
  );
});

test("map has the value that HiGHS finds", async () => {
  // The package's types describe its CommonJS build; its ES module exports the loader itself.
  const solver = await (highs as unknown as typeof highs.default)();
  const r = rng(3);
  for (let repeat = 0; repeat < 5; repeat++) {
    const n = 30;
    const weights = Array.from({ length: n }, () => 1 + Math.floor(r.uniform() * 60));
    const capacity = 300;
    // Multiples of 1/64 are written to the model in full.
    const values = Float64Array.from(weights, (w) => Math.round(64 * (w / 10 + 3 * r.normal())) / 64);
    const family = knapsack(weights, capacity);
    const z = row(family, (out) => family.map(values, out));
    expect(dot(z, weights)).toBeLessThanOrEqual(capacity);
    const names = weights.map((_, i) => `x${i}`);
    const terms = (c: ArrayLike<number>) =>
      names.map((x, i) => `${c[i]! < 0 ? "-" : "+"} ${Math.abs(c[i]!)} ${x}`).join(" ");
    const model = `Maximize\n obj: ${terms(values)}\nSubject To\n c: ${terms(weights)} <= ${capacity}\nBinary\n ${names.join(" ")}\nEnd`;
    const solution = solver.solve(model, { mip_rel_gap: 0, mip_abs_gap: 0 });
    expect(solution.Status).toBe("Optimal");
    expectClose(dot(z, values), solution.ObjectiveValue, { rel: 1e-9, abs: 1e-9 });
  }
});

test("items of value 0 are left, and of equal items the first is taken", () => {
  const family = knapsack([1, 2, 2, 1], 3);
  const map = (...theta: number[]) =>
    Array.from(row(family, (out) => family.map(Float64Array.from(theta), out)));
  expect(map(0, 0, 0, 0)).toEqual([0, 0, 0, 0]);
  expect(map(-1, 2, 2, -3)).toEqual([0, 1, 0, 0]);
  expect(map(1, 1, 1, 1)).toEqual([1, 1, 0, 0]);
});

test("rows with weights, capacity and length of their own are structures of their own", () => {
  const wide = knapsack([9, 9, 9, 9, 9], 9);
  const rows = [
    { weights: [1, 2, 3, 4, 5], capacity: 7, length: 5 },
    { weights: [10, 20, 30, 99, 99], capacity: 45, length: 3 },
    { weights: [0, 0, 0, 0, 1e15], capacity: 2 ** 40, length: 5 },
    { weights: [2, 2, 2, 2, 2], capacity: 0, length: 1 },
    { weights: [5, 4, 3, 2, 1], capacity: 6, length: 0 },
  ];
  const r = rng(4);
  const theta = Float64Array.from({ length: 25 }, () => r.normal());
  const context: KnapsackContext = {
    weights: rows.flatMap(({ weights }) => weights),
    capacity: rows.map(({ capacity }) => capacity),
    lengths: rows.map(({ length }) => length),
  };
  const mu = new Float64Array(25).fill(7);
  const z = new Float64Array(25).fill(7);
  const entropy = new Float64Array(5);
  wide.marginals(theta, mu, context);
  wide.map(theta, z, context);
  wide.entropy(theta, entropy, context);
  rows.forEach(({ weights, capacity, length }, i) => {
    const own = knapsack(weights.slice(0, length), capacity);
    const t = theta.slice(5 * i, 5 * i + length);
    const padded = (a: Float64Array) => Array.from({ length: 5 }, (_, j) => a[j] ?? 0);
    expect(Array.from(mu.slice(5 * i, 5 * i + 5))).toEqual(padded(row(own, (out) => own.marginals(t, out))));
    expect(Array.from(z.slice(5 * i, 5 * i + 5))).toEqual(padded(row(own, (out) => own.map(t, out))));
    expect(entropy[i]).toBe(number((out) => own.entropy(t, out)));
  });
});

test("the partition function grows with the capacity, up to that of independent bits", () => {
  const r = rng(5);
  const weights = Array.from({ length: 30 }, () => 1 + Math.floor(r.uniform() * 20));
  const theta = Float64Array.from(weights, () => r.normal());
  const total = weights.reduce((a, b) => a + b);
  let last = 0;
  for (let capacity = total % 20; capacity <= total; capacity += 20) {
    const family = knapsack(weights, capacity);
    const logZ = number((out) => family.logPartition(theta, out));
    expect(logZ).toBeGreaterThanOrEqual(last);
    last = logZ;
  }
  expectClose(
    last,
    theta.reduce((sum, x) => sum + Math.log1p(Math.exp(x)), 0),
    { rel: 1e-13, abs: 0 },
  );
});

test("values of ±1e4 leave what is exactly tied at its odds", () => {
  const family = knapsack([3, 3, 4, 1], 4);
  const theta = Float64Array.of(1e4, 1e4 + Math.log(3), 2e4 + Math.log(4), 1e4);
  // {0, 3}, {1, 3} and {2} have the odds 1 : 3 : 4.
  expectClose(
    row(family, (out) => family.marginals(theta, out)),
    [1 / 8, 3 / 8, 1 / 2, 1 / 2],
    { rel: 1e-11, abs: 0 },
  );
});

describe("errors", () => {
  const family = knapsack([1, 2], 2);
  const theta = new Float64Array(4);
  const out = new Float64Array(4);

  test("weights and capacities out of range", () => {
    expect(() => knapsack([1, -2], 3)).toThrow(
      "knapsack: weight 1 of the structure expected an integer ≥ 0, got -2",
    );
    expect(() => knapsack([1.5], 3)).toThrow(RangeError);
    expect(() => knapsack(["1"] as unknown as number[], 3)).toThrow(TypeError);
    expect(() => knapsack(3 as unknown as number[], 3)).toThrow(TypeError);
    expect(() => knapsack([1], -1)).toThrow("knapsack: capacity expected an integer ≥ 0, got -1");
    expect(() => knapsack([2 ** 30, 2 ** 30 + 1], 2 ** 32)).toThrow(/at most 134217728 states/);
  });

  test("contexts that do not fit", () => {
    const map = (context: unknown) => () => family.map(theta, out, context as KnapsackContext);
    expect(map({ weights: [1, 2] })).toThrow("knapsack: context.weights expected 4 entries, got 2");
    expect(map({ weights: [1, 2, 3, Number.NaN] })).toThrow(
      "weight 1 of row 1 expected an integer ≥ 0, got NaN",
    );
    expect(map({ capacity: [1, 0.5] })).toThrow("context.capacity of row 1 expected an integer ≥ 0, got 0.5");
    expect(map({ lengths: [1, 3] })).toThrow(RangeError);
    expect(map({ limit: [1, 3] })).toThrow(TypeError);
  });
});

test("without items there is the empty set", () => {
  const family = knapsack([], 5);
  expect([...family.states!()]).toHaveLength(1);
  expect(number((out) => family.logPartition(new Float64Array(0), out))).toBe(0);
});
