import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { expectLaw, number, row } from "../../test/law.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import type { FloatArray } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { type CorrelatedKSubsetContext, correlatedKSubset } from "./correlated-k-subset.ts";

type Family = ReturnType<typeof correlatedKSubset>;
const normals = (length: number, seed: number, scale = 1): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => scale * r.normal());
};

familyConformance("correlatedKSubset(5, 2)", () => correlatedKSubset(5, 2));
familyConformance("correlatedKSubset(8, 3)", () => correlatedKSubset(8, 3));
familyConformance("correlatedKSubset(7, 6)", () => correlatedKSubset(7, 6));
familyConformance("correlatedKSubset(1, 1)", () => correlatedKSubset(1, 1));
familyConformance("correlatedKSubset(6, 0)", () => correlatedKSubset(6, 0));
familyConformance("correlatedKSubset(4, 4)", () => correlatedKSubset(4, 4));
familyConformance("a short row of correlatedKSubset(8, 3)", () => correlatedKSubset(8, 3), {
  context: { k: [4], lengths: [6] },
});
familyConformance("a masked row of correlatedKSubset(7, 3)", () => correlatedKSubset(7, 3), {
  context: { mask: [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1] },
});

describe("golden vectors", () => {
  interface Inputs {
    n: number;
    k: number;
    t: number;
    unary: number[];
    pair: number[];
    v: number[];
  }
  interface Outputs {
    logPartition: number;
    marginals: number[];
    entropy: number;
    map: number[];
    mapScore: number;
    jvp: number[];
  }
  for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("correlated_ksubset")) {
    test(name, () => {
      const { n, k, t, unary, pair, v } = inputs;
      const family = correlatedKSubset(n, k);
      const utilities = Float64Array.from([...unary, ...pair]);
      const theta = utilities.map((u) => u / t);
      const z = row(family, (out) => family.map(utilities, out));
      expect(Array.from(z)).toEqual(outputs.map);
      expectClose(dot(z, utilities), outputs.mapScore, tol);
      expectClose(
        number((out) => family.logPartition(theta, out)),
        outputs.logPartition,
        tol,
      );
      expectClose(
        number((out) => family.entropy(theta, out)),
        outputs.entropy,
        tol,
      );
      expectClose(
        row(family, (out) => family.marginals(theta, out)),
        outputs.marginals,
        tol,
      );
      const direction = Float64Array.from(v, (x) => x / t);
      expectClose(
        row(family, (out) => family.marginalsJvp(theta, direction, out)),
        outputs.jvp,
        tol,
      );
    });
  }
});

test("agrees with enumeration on thousands of small instances, with exclusions and ties", () => {
  const r = rng(1);
  const integer = (max: number) => Math.floor(r.uniform() * (max + 1));
  let solved = 0;
  for (let i = 0; i < 2500; i++) {
    const n = 1 + integer(6);
    const k = integer(n);
    const family = correlatedKSubset(n, k);
    const scale = [0, 1, 30, 1e4][i % 4]!;
    const theta = Float64Array.from({ length: 2 * n - 1 }, () =>
      r.uniform() < 0.1 ? -Infinity : i % 3 === 0 ? integer(2) * scale : scale * r.normal(),
    );
    const truth = enumerate(family, theta);
    if (truth.mapScore === -Infinity) {
      for (const f of [family.map, family.marginals]) {
        expect(() => row(family, (out) => f(theta, out))).toThrow(/row 0 has no subset of its size/);
      }
      continue;
    }
    const tol = { rel: 1e-9, abs: 1e-11 * (1 + scale) };
    const z = row(family, (out) => family.map(theta, out));
    expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
    expectClose(dot(z, theta), truth.mapScore, { rel: 1e-12, abs: 1e-12 * scale });
    const v = Float64Array.from(theta, () => r.normal());
    expectLaw(family, theta, truth, v, tol, { rel: 1e-14, abs: 1e-12 * (1 + scale) });
    solved++;
  }
  expect(solved).toBeGreaterThan(1500);
});

test("the lowest indices win where all is tied", () => {
  const family = correlatedKSubset(5, 2);
  expect(Array.from(row(family, (out) => family.map(new Float64Array(9), out)))).toEqual([
    1, 1, 0, 0, 0, 1, 0, 0, 0,
  ]);
});

test("a row that is shorter, or has another k, is the structure of that length and k, padded with zeros", () => {
  const wide = correlatedKSubset(9, 2);
  const cases: [length: number, k: number][] = [
    [9, 4],
    [5, 2],
    [3, 3],
    [1, 1],
    [1, 0],
    [0, 0],
  ];
  const theta = normals(cases.length * 17, 5);
  const v = normals(cases.length * 17, 6);
  const context: CorrelatedKSubsetContext = {
    lengths: cases.map(([length]) => length),
    k: cases.map(([, k]) => k),
  };
  const outputs = (family: Family, t: Float64Array, d: Float64Array, c?: CorrelatedKSubsetContext) => {
    const rows = c ? cases.length : 1;
    const methods: ((out: FloatArray) => void)[] = [
      (out) => family.map(t, out, c),
      (out) => family.marginals(t, out, c),
      (out) => family.marginalsJvp(t, d, out, c),
    ];
    const wideOut = methods.map((f) => {
      const out = new Float64Array(t.length).fill(7);
      f(out);
      return out;
    });
    const logZ = new Float64Array(rows);
    const entropy = new Float64Array(rows);
    family.logPartition(t, logZ, c);
    family.entropy(t, entropy, c);
    return { wideOut, logZ, entropy };
  };
  const all = outputs(wide, theta, v, context);
  cases.forEach(([length, k], r) => {
    const pick = (a: Float64Array) =>
      Float64Array.from([
        ...a.slice(r * 17, r * 17 + length),
        ...a.slice(r * 17 + 9, r * 17 + 9 + Math.max(0, length - 1)),
      ]);
    const one = outputs(correlatedKSubset(length, k), pick(theta), pick(v));
    expect(all.logZ[r]).toBe(one.logZ[0]);
    expect(all.entropy[r]).toBe(one.entropy[0]);
    all.wideOut.forEach((out, m) => {
      expect(pick(out)).toEqual(one.wideOut[m]);
      const padded = new Set([...Array(17).keys()].map((i) => r * 17 + i));
      for (let i = 0; i < length; i++) padded.delete(r * 17 + i);
      for (let i = 0; i + 1 < length; i++) padded.delete(r * 17 + 9 + i);
      for (const i of padded) expect(out[i]).toBe(0);
    });
  });
});

test("a mask is the same as -Infinity", () => {
  const family = correlatedKSubset(8, 3);
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }),
      fc.integer({ min: 0, max: 1000 }),
      (keep, seed) => {
        fc.pre(keep.slice(0, 8).filter((x) => x).length >= 6 && keep.slice(8).filter((x) => x).length >= 5);
        const theta = normals(15, seed);
        const excluded = theta.map((x, i) => (keep[i] ? x : -Infinity));
        const mask = keep.map(Number);
        const masked = row(family, (out) => family.marginals(theta, out, { mask }));
        expect(masked).toEqual(row(family, (out) => family.marginals(excluded, out)));
        masked.forEach((x, i) => {
          if (!keep[i]) expect(x).toBe(0);
        });
      },
    ),
    { numRuns: 100, seed: 7 },
  );
});

test("marginals sum to k, products lie between the Fréchet bounds, and parameters that say nothing cancel", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.nat(),
      fc.constantFrom(0.1, 1, 20, 1e4),
      (n, draw, scale) => {
        const k = draw % (n + 1);
        const family = correlatedKSubset(n, k);
        const theta = normals(2 * n - 1, draw, scale);
        const mu = row(family, (out) => family.marginals(theta, out));
        expectClose(
          mu.slice(0, n).reduce((a, b) => a + b, 0),
          k,
          { rel: 1e-11, abs: 1e-11 },
        );
        for (let i = 0; i + 1 < n; i++) {
          expect(mu[n + i]).toBeLessThanOrEqual(Math.min(mu[i]!, mu[i + 1]!) + 1e-12);
          expect(mu[n + i]).toBeGreaterThanOrEqual(Math.max(0, mu[i]! + mu[i + 1]! - 1) - 1e-12);
        }
        // A constant on all elements is k times that constant.
        const shifted = theta.map((x, i) => (i < n ? x + 3 : x));
        expectClose(
          number((out) => family.logPartition(shifted, out)),
          number((out) => family.logPartition(theta, out)) + 3 * k,
          { rel: 1e-12, abs: 1e-11 },
        );
        const constant = theta.map((_, i) => (i < n ? 1 : 0));
        for (const x of row(family, (out) => family.marginalsJvp(theta, constant, out))) {
          expect(Math.abs(x)).toBeLessThan(1e-10);
        }
      },
    ),
    { numRuns: 80, seed: 8 },
  );
});

test("the law read backwards is the law", () => {
  const n = 40;
  const family = correlatedKSubset(n, 15);
  const theta = normals(2 * n - 1, 9, 3);
  const mirror = (a: Float64Array) =>
    Float64Array.from([...a.slice(0, n).reverse(), ...a.slice(n).reverse()]);
  const v = normals(2 * n - 1, 10);
  const tol = { rel: 1e-10, abs: 1e-12 };
  const mu = (t: Float64Array) => row(family, (out) => family.marginals(t, out));
  expectClose(mirror(mu(mirror(theta))), mu(theta), tol);
  const jvp = (t: Float64Array, d: Float64Array) => row(family, (out) => family.marginalsJvp(t, d, out));
  expectClose(mirror(jvp(mirror(theta), mirror(v))), jvp(theta, v), tol);
});

test("parameters of 1e4 in long rows are as exact as small ones", () => {
  // Blocks of three chosen together, weights ±1e4: two states are left that differ by log 3.
  const n = 300;
  const family = correlatedKSubset(n, 3);
  const theta = new Float64Array(2 * n - 1).fill(-1e4);
  for (const start of [10, 200]) {
    for (let i = 0; i < 3; i++) theta[start + i] = 1e4;
    for (let i = 0; i < 2; i++) theta[n + start + i] = 1e4;
  }
  theta[200]! += Math.log(3);
  const mu = row(family, (out) => family.marginals(theta, out));
  expectClose([mu[10]!, mu[12]!, mu[n + 11]!], [0.25, 0.25, 0.25], { rel: 1e-11, abs: 0 });
  expectClose([mu[200]!, mu[202]!, mu[n + 201]!], [0.75, 0.75, 0.75], { rel: 1e-11, abs: 0 });
  expectClose(
    number((out) => family.entropy(theta, out)),
    -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75),
    { rel: 1e-11, abs: 0 },
  );
  expect(number((out) => family.logPartition(theta, out))).toBeCloseTo(5e4 + Math.log(4), 9);
});

test("parameters of ±1e300 give a state; marginals go to ±1e10 and say so", () => {
  const family = correlatedKSubset(6, 3);
  for (const scale of [1e6, 1e9, 1e17, 1e30, 1e100, 1e299]) {
    const theta = normals(11, 11, scale);
    const z = row(family, (out) => family.map(theta, out));
    expect(z.slice(0, 6).reduce((a, b) => a + b)).toBe(3);
    const marginals = () => row(family, (out) => family.marginals(theta, out));
    if (scale < 1e10) expect(marginals()).toEqual(z);
    else
      expect(marginals).toThrow(
        "correlatedKSubset: theta expected numbers in [-1e10, 1e10] or -Infinity, got",
      );
  }
});

describe("errors", () => {
  const family = correlatedKSubset(4, 2);
  const theta = new Float64Array(14);
  const out = new Float64Array(14);
  const map = (context: unknown) => () => family.map(theta, out, context as CorrelatedKSubsetContext);

  test("sizes out of range", () => {
    expect(() => correlatedKSubset(4, 5)).toThrow(
      "correlatedKSubset: k expected an integer in [0, 4], got 5",
    );
    expect(() => correlatedKSubset(-1, 0)).toThrow(RangeError);
    expect(() => correlatedKSubset("4" as unknown as number, 0)).toThrow(TypeError);
  });

  test("contexts that do not fit", () => {
    expect(map({ k: [1] })).toThrow("correlatedKSubset: context.k expected 2 entries, got 1");
    expect(map({ k: [1, 5] })).toThrow("context.k of row 1 expected an integer in [0, 4], got 5");
    expect(map({ lengths: [4, 1] })).toThrow("row 1 has no subset of 2 of its 1 elements");
    expect(map({ mask: [1, 1] })).toThrow("context.mask expected 14 entries, got 2");
    expect(map({ length: [4, 4] })).toThrow(TypeError);
    expect(map(null)).toThrow(TypeError);
  });

  test("an infeasible row is named and leaves out as it was", () => {
    const bad = theta.slice();
    bad.fill(-Infinity, 7, 10);
    for (const f of [family.map, family.marginals]) {
      out.fill(7);
      expect(() => f(bad, out)).toThrow("correlatedKSubset: row 1 has no subset of its size");
      expect(out.every((x) => x === 7)).toBe(true);
    }
  });

  test("a direction that is not finite", () => {
    const direction = theta.slice();
    direction[3] = Number.NaN;
    expect(() => family.marginalsJvp(theta, direction, out)).toThrow(RangeError);
  });
});

test("no elements have one empty state", () => {
  const family = correlatedKSubset(0, 0);
  expect(family.shape).toEqual([0]);
  expect([...family.states!()]).toHaveLength(1);
  expect(number((out) => family.logPartition(new Float64Array(0), out))).toBe(0);
  family.map(new Float64Array(0), new Float64Array(0));
});
