import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bothWays } from "../../test/both-ways.ts";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { chiSquare, chiSquareLimit } from "../../test/statistics.ts";
import { enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { kSubset } from "./k-subset.ts";

const one = (f: (out: Float64Array) => void): number => {
  const out = new Float64Array(1);
  f(out);
  return out[0]!;
};
const row = (n: number, f: (out: Float64Array) => void): Float64Array => {
  const out = new Float64Array(n);
  f(out);
  return out;
};
const indicator = (n: number, subset: readonly number[]): Float64Array => {
  const z = new Float64Array(n);
  for (const i of subset) z[i] = 1;
  return z;
};

interface Inputs {
  n: number;
  k: number;
  tau: number;
  theta: number[];
  v: number[];
  thetaOther: number[];
  subsets: number[][];
}
interface Outputs {
  logPartition: number;
  marginals: number[];
  entropy: number;
  map?: number[];
  jvp: number[];
  logProbs: number[];
  klUniform: number;
  klOther: number;
  topkLogProb: number;
}

describe("golden vectors", () => {
  for (const file of ["ksubset", "ksubset_large"]) {
    for (const { case: name, inputs, outputs, tol } of golden<Inputs, Partial<Outputs>>(file)) {
      test(`${file} ${name}`, () => {
        const { n, k, tau } = inputs;
        const family = kSubset(n, k);
        const theta = Float64Array.from(inputs.theta, (x) => x / tau);
        const v = Float64Array.from(inputs.v, (x) => x / tau);
        const check = (
          label: string,
          want: number | number[] | undefined,
          got: number | Float64Array,
        ): void => {
          if (want !== undefined) expectClose(got, want, tol, label);
        };
        check(
          "logPartition",
          outputs.logPartition,
          one((out) => family.logPartition(theta, out)),
        );
        check(
          "marginals",
          outputs.marginals,
          row(n, (out) => family.marginals(theta, out)),
        );
        check(
          "entropy",
          outputs.entropy,
          one((out) => family.entropy(theta, out)),
        );
        check(
          "jvp",
          outputs.jvp,
          row(n, (out) => family.marginalsJvp(theta, v, out)),
        );
        check(
          "map",
          outputs.map,
          row(n, (out) => family.map(theta, out)),
        );
        check(
          "klUniform",
          outputs.klUniform,
          one((out) => family.klToUniform(theta, out)),
        );
        if (inputs.thetaOther && outputs.klOther !== undefined) {
          const other = Float64Array.from(inputs.thetaOther, (x) => x / tau);
          check(
            "klOther",
            outputs.klOther,
            one((out) => family.klDivergence(theta, other, out)),
          );
        }
        inputs.subsets?.forEach((subset, i) => {
          const z = indicator(n, subset);
          check(
            "logProbs",
            outputs.logProbs?.[i],
            one((out) => family.logProbability(theta, z, out)),
          );
        });
        const best = row(n, (out) => family.map(theta, out));
        check(
          "topkLogProb",
          outputs.topkLogProb,
          one((out) => family.logProbability(theta, best, out)),
        );
      });
    }
  }

  interface TopK {
    support?: number[];
    mustContain?: number[];
    mustNotContain?: number[];
    size?: number;
    score: number;
  }
  for (const { case: name, inputs, outputs, tol } of golden<{ k: number; theta: number[] }, TopK>("topk")) {
    test(`topk ${name}`, () => {
      const theta = Float64Array.from(inputs.theta);
      const z = row(theta.length, (out) => kSubset(theta.length, inputs.k).map(theta, out));
      const support = Array.from(z.keys()).filter((i) => z[i] === 1);
      if (outputs.support) expect(support).toEqual(outputs.support);
      expect(support).toHaveLength(inputs.k);
      expect(support).toEqual(expect.arrayContaining(outputs.mustContain ?? []));
      for (const i of outputs.mustNotContain ?? []) expect(support).not.toContain(i);
      expectClose(
        support.reduce((sum, i) => sum + theta[i]!, 0),
        outputs.score,
        tol,
      );
    });
  }
});

familyConformance("kSubset(6, 3)", () => kSubset(6, 3));
familyConformance("kSubset(7, 6)", () => kSubset(7, 6));
familyConformance("kSubset(5, 1)", () => kSubset(5, 1));
familyConformance("kSubset(4, 0)", () => kSubset(4, 0));
familyConformance("kSubset(4, 4)", () => kSubset(4, 4));
familyConformance("kSubset(6, 3) with k = 2, length 5 and a mask", () => kSubset(6, 3), {
  context: { k: [2], lengths: [5], mask: [1, 0, 1, 1, 1, 1] },
});

describe("map", () => {
  const instance = fc
    .array(fc.oneof(fc.double({ min: -1e300, max: 1e300, noNaN: true }), fc.integer({ min: -3, max: 3 })), {
      maxLength: 80,
    })
    .chain((theta) => fc.tuple(fc.constant(theta), fc.integer({ min: 0, max: theta.length })));

  test("takes the k largest, the lowest index on ties", () => {
    fc.assert(
      fc.property(instance, ([values, k]) => {
        const theta = Float64Array.from(values);
        const order = Array.from(theta.keys()).sort((a, b) => theta[b]! - theta[a]! || a - b);
        const want = indicator(theta.length, order.slice(0, k));
        expect(row(theta.length, (out) => kSubset(theta.length, k).map(theta, out))).toEqual(want);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test("finds a few among 100,000, ties included", () => {
    const r = rng(5);
    const theta = Float64Array.from({ length: 100_000 }, () => Math.round(20 * r.normal()));
    const order = Array.from(theta.keys()).sort((a, b) => theta[b]! - theta[a]! || a - b);
    for (const k of [1, 50, 30_000, 99_999]) {
      const z = row(theta.length, (out) => kSubset(theta.length, k).map(theta, out));
      expect(order.every((i, rank) => z[i] === +(rank < k))).toBe(true);
    }
  });
});

describe("inference", () => {
  const instance = fc.record({
    k: fc.integer({ min: 0, max: 6 }),
    theta: fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 6, maxLength: 9 }),
  });
  const tol = { rel: 1e-10, abs: 1e-12 };

  test("marginals sum to k, permute with theta, and do not change when theta shifts", () => {
    fc.assert(
      fc.property(
        instance,
        fc.double({ min: -100, max: 100, noNaN: true }),
        ({ k, theta: values }, shift) => {
          const theta = Float64Array.from(values);
          const family = kSubset(theta.length, k);
          const mu = row(theta.length, (out) => family.marginals(theta, out));
          expectClose(
            mu.reduce((a, b) => a + b, 0),
            k,
            tol,
          );
          const reversed = row(theta.length, (out) => family.marginals(theta.slice().reverse(), out));
          expectClose(reversed.reverse(), mu, tol);
          const shifted = row(theta.length, (out) =>
            family.marginals(
              theta.map((x) => x + shift),
              out,
            ),
          );
          expectClose(shifted, mu, { rel: 1e-10, abs: 1e-11 });
        },
      ),
      { numRuns: 300, seed: 2 },
    );
  });

  test("the Jacobian product is the derivative of the marginals, and that of logPartition is the marginals", () => {
    fc.assert(
      fc.property(instance, ({ k, theta: values }) => {
        const theta = Float64Array.from(values, (x) => x / 4);
        const n = theta.length;
        const family = kSubset(n, k);
        const v = Float64Array.from({ length: n }, (_, i) => Math.cos(2 * i + k));
        const h = 1e-5;
        const at = (s: number): Float64Array => theta.map((x, i) => x + s * h * v[i]!);
        const [plus, minus] = [1, -1].map((s) => row(n, (out) => family.marginals(at(s), out)));
        const difference = plus!.map((x, i) => (x - minus![i]!) / (2 * h));
        expectClose(
          row(n, (out) => family.marginalsJvp(theta, v, out)),
          difference,
          { rel: 0, abs: 1e-8 },
        );
        const [zPlus, zMinus] = [1, -1].map((s) => one((out) => family.logPartition(at(s), out)));
        const mu = row(n, (out) => family.marginals(theta, out));
        const slope = mu.reduce((sum, m, i) => sum + m * v[i]!, 0);
        expectClose(slope, (zPlus! - zMinus!) / (2 * h), { rel: 0, abs: 1e-7 });
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  test("a long row is counted block by block to the same numbers", () => {
    // 4000 · 1501 numbers do not fit the table; the law of two interleaved halves does not depend on how it is held.
    const n = 4000;
    const k = 1500;
    const r = rng(7);
    const theta = Float64Array.from({ length: n }, () => 2 * r.normal());
    const family = kSubset(n, k);
    const mu = row(n, (out) => family.marginals(theta, out));
    expectClose(
      mu.reduce((a, b) => a + b, 0),
      k,
      { rel: 1e-11, abs: 0 },
    );
    const h = 1e-4;
    const i = 17;
    const [plus, minus] = [h, -h].map((step) => {
      const moved = theta.slice();
      moved[i] = moved[i]! + step;
      return one((out) => family.logPartition(moved, out));
    });
    expectClose((plus! - minus!) / (2 * h), mu[i]!, { rel: 0, abs: 1e-7 });
    const v = new Float64Array(n);
    v[i] = 1;
    const column = row(n, (out) => family.marginalsJvp(theta, v, out));
    expectClose(column[i]!, mu[i]! * (1 - mu[i]!), { rel: 1e-9, abs: 0 });
    expectClose(
      column.reduce((a, b) => a + b, 0),
      0,
      { rel: 0, abs: 1e-12 },
    );
    const z = row(n, (out) => family.sample(theta, rng(8), out));
    expect(z.reduce((a, b) => a + b, 0)).toBe(k);
  });

  test("logits of ±1e4 saturate without error", () => {
    const theta = Float64Array.of(1e4, -1e4, 0, 0, 1e4, -1e4);
    const family = kSubset(6, 3);
    expectClose(
      row(6, (out) => family.marginals(theta, out)),
      [1, 0, 0.5, 0.5, 1, 0],
      tol,
    );
    expectClose(
      one((out) => family.entropy(theta, out)),
      Math.log(2),
      tol,
    );
    expectClose(
      one((out) => family.logPartition(theta, out)),
      2e4 + Math.log(2),
      tol,
    );
  });

  test("any mixture of certain and undecided elements agrees with enumeration", () => {
    const logit = fc.oneof(
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      fc.constantFrom(0, 1e4, -1e4, 700, -700, 5e-324),
      fc.double({ min: -3, max: 3, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1, maxLength: 9 }), fc.nat(), (values, seed) => {
        const theta = Float64Array.from(values);
        const n = theta.length;
        const family = kSubset(n, seed % (n + 1));
        const truth = enumerate(family, theta);
        // Each term of ⟨z, θ⟩ has rounding errors of up to 1e-12.
        const tol = { rel: 1e-9, abs: 2e-11 };
        const mu = row(n, (out) => family.marginals(theta, out));
        expectClose(mu, truth.marginals, tol, "marginals");
        const v = Float64Array.from({ length: n }, (_, i) => Math.sin(seed + i));
        const jvp = row(n, (out) => family.marginalsJvp(theta, v, out));
        expectClose(jvp, truth.jvp(v), tol, "jvp");
        const logZ = one((out) => family.logPartition(theta, out));
        expectClose(logZ, truth.logPartition, tol, "logPartition");
        expectClose(
          one((out) => family.entropy(theta, out)),
          truth.entropy,
          tol,
          "entropy",
        );
      }),
      { numRuns: 1500, seed: 4 },
    );
  });

  test("an undecided element beside certain ones does not hide that more of them must flip", () => {
    // With the tilt at the mean of θ, element 1 is a fair coin and the last three are certain to be out.
    const theta = Float64Array.of(3000 + 5 * Math.log(4), 0, -1000, -1000, -1000);
    const mu = row(5, (out) => kSubset(5, 4).marginals(theta, out));
    expectClose(mu, [1, 1, 2 / 3, 2 / 3, 2 / 3], tol);
    const entropy = one((out) => kSubset(5, 4).entropy(theta, out));
    expectClose(entropy, Math.log(3), tol);
  });

  test.each([
    ["even", 2, [0.3, -1, 2, 0.5, 1, -2]],
    ["more than half of an odd number", 5, [0.3, -1, 2, 0.5, 1, -2, 0.1]],
    ["sharp", 3, [30, 31, 29.5, -30, -31, 0.2]],
    ["out of odds", 4, [5000, 5001, 5000.5, -7000, -6999, 1, 2]],
    ["out of odds, more than half", 4, [0, 0.5, 9000, -1, 8000, 9001, -9000]],
  ])("samples have the frequencies of a law that is %s", (_, k, values) => {
    const theta = Float64Array.from(values);
    const truth = enumerate(kSubset(theta.length, k), theta);
    const draws = 3000;
    const batch = Float64Array.from({ length: draws * theta.length }, (_, i) => theta[i % theta.length]!);
    const z = row(batch.length, (out) => kSubset(theta.length, k).sample(batch, rng(5), out));
    const counts = truth.states.map((state) => {
      const same = (r: number) => state.every((x, i) => x === z[r * state.length + i]);
      return Array.from({ length: draws }, (_, r) => r).filter(same).length;
    });
    expect(counts.reduce((a, b) => a + b)).toBe(draws);
    const { statistic, degrees } = chiSquare(Float64Array.from(counts), truth.probabilities);
    expect(statistic).toBeLessThan(chiSquareLimit(degrees));
  });

  test("sums over thousands of equal terms do not drift", () => {
    const n = 10_000;
    const family = kSubset(n, 137);
    const theta = new Float64Array(n).fill(0.5);
    // log C(10000, 137), from exact integers.
    const logCount = 720.4638389063502;
    const relative = { rel: 1e-14, abs: 0 };
    expectClose(
      one((out) => family.logPartition(theta, out)),
      logCount + 137 / 2,
      relative,
    );
    expectClose(
      one((out) => family.klToUniform(theta, out)),
      0,
      { rel: 0, abs: 1e-11 },
    );
    const z = indicator(
      n,
      Array.from({ length: 137 }, (_, i) => 2 * i),
    );
    expectClose(
      one((out) => family.logProbability(theta, z, out)),
      -logCount,
      relative,
    );
  });

  test("KL divergence agrees with enumeration, and is infinite where the other law excludes mass", () => {
    const family = kSubset(6, 2);
    const r = rng(9);
    const [theta, other] = [0, 1].map(() => Float64Array.from({ length: 6 }, () => r.normal()));
    const p = enumerate(family, theta!);
    const q = enumerate(family, other!);
    const want = p.states.reduce(
      (sum, z, s) => sum + p.probabilities[s]! * (p.logProbability(z) - q.logProbability(z)),
      0,
    );
    expectClose(
      one((out) => family.klDivergence(theta!, other!, out)),
      want,
      tol,
    );
    other![3] = -Infinity;
    expect(one((out) => family.klDivergence(theta!, other!, out))).toBe(Infinity);
    theta![3] = -30;
    expect(one((out) => family.klDivergence(theta!, other!, out))).toBe(Infinity);
    theta![3] = -Infinity;
    expect(one((out) => family.klDivergence(theta!, other!, out))).toBeLessThan(10);
  });

  test("float32 rows agree with float64 to 1e-5", () => {
    const theta = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i));
    const family = kSubset(50, 20);
    const mu = new Float32Array(50);
    family.marginals(theta, mu);
    expectClose(
      mu,
      row(50, (out) => family.marginals(Float64Array.from(theta), out)),
      { rel: 1e-5, abs: 0 },
    );
  });

  test("excluded elements have marginal 0, and the rest the law of what is left", () => {
    const theta = Float64Array.of(0.3, -Infinity, 1, -0.2, 0.5);
    const rest = Float64Array.of(0.3, 1, -0.2, 0.5);
    const mu = row(5, (out) => kSubset(5, 2).marginals(theta, out));
    const want = row(4, (out) => kSubset(4, 2).marginals(rest, out));
    expectClose(mu, [want[0]!, 0, want[1]!, want[2]!, want[3]!], tol);
  });
});

describe("edges", () => {
  test("n = 0 has one state, the empty one", () => {
    const family = kSubset(0, 0);
    const none = new Float64Array(0);
    expect(Array.from(family.states!())).toHaveLength(1);
    expect(one((out) => family.logPartition(none, out))).toBe(0);
    expect(one((out) => family.entropy(none, out))).toBe(0);
    expect(() => family.map(none, none)).not.toThrow();
  });

  test("sizes differ from row to row", () => {
    const theta = Float64Array.of(3, 2, 1, 3, 2, 1);
    const z = row(6, (out) => kSubset(3, 1).map(theta, out, { k: [2, 0] }));
    expect(Array.from(z)).toEqual([1, 1, 0, 0, 0, 0]);
  });

  test("bad sizes, contexts and infeasible rows are clear errors that write nothing", () => {
    expect(() => kSubset(20, 21)).toThrow(
      new RangeError("kSubset: k expected an integer in [0, 20], got 21"),
    );
    expect(() => kSubset(2.5, 1)).toThrow(RangeError);
    expect(() => kSubset("3" as unknown as number, 1)).toThrow(TypeError);
    const family = kSubset(3, 2);
    const theta = Float64Array.of(1, 2, 3, 1, -Infinity, -Infinity);
    const out = new Float64Array(6).fill(7);
    expect(() => family.map(theta, out)).toThrow(
      new RangeError("kSubset: row 1 expected at least k = 2 elements that are not excluded, got 1"),
    );
    expect(() => family.marginals(theta, out)).toThrow(RangeError);
    expect(() => family.map(new Float64Array(6), out, { k: [1] })).toThrow(
      /context.k expected 2 entries, got 1/,
    );
    expect(() => family.map(new Float64Array(6), out, { k: [1, 4] })).toThrow(/context.k of row 1 .* got 4/);
    expect(() => family.map(new Float64Array(6), out, { mask: [1, 1, 1, 0, 0, 1] })).toThrow(/row 1/);
    expect(() => family.map(new Float64Array(6), out, { lengths: [3, 1] })).toThrow(/row 1/);
    const context = (given: unknown) => () => family.marginals(new Float64Array(6), out, given as object);
    expect(context({ maks: [] })).toThrow(
      new TypeError('kSubset: unknown option "maks" of context, expected k, lengths, mask'),
    );
    for (const given of [null, "k", [1, 1], { k: 1 }, { k: null }, { k: "11" }, { k: ["1", 1] }]) {
      expect(context(given)).toThrow(TypeError);
    }
    expect(context({ mask: [true, true, false, true, true, true] })).toThrow(
      new TypeError("kSubset: context.mask at 0 expected a number, got Boolean"),
    );
    expect(context({ mask: [1, 1, 1, 1, 1, Number.NaN] })).toThrow(RangeError);
    const bad = Float64Array.of(1, 2, Number.NaN);
    expect(() => family.klDivergence(new Float64Array(3), bad, new Float64Array(1))).toThrow(
      "kSubset: other expected numbers in [-1e10, 1e10] or -Infinity, got NaN in row 0 at 2",
    );
    expect(() => family.map(null as unknown as Float64Array, out)).toThrow(
      new TypeError("kSubset: theta expected a Float32Array or Float64Array, got null"),
    );
    expect(out.every((x) => x === 7)).toBe(true);
  });
});

test("MAP, marginals and products name what is no number or out of range, wherever it stands, and write nothing", () => {
  for (const [n, k] of [
    [4, 2],
    [5, 4],
    [61, 7],
  ] as const) {
    const family = bothWays(() => kSubset(n, k));
    const normal = Float64Array.from({ length: 5 * n }, (_, i) => Math.sin(i * i));
    const out = new Float64Array(5 * n).fill(7);
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      for (const at of [0, n - 1, 4 * n, 5 * n - 1]) {
        expect(() => family.marginalsJvp(normal, normal.with(at, bad), out)).toThrow(`got ${bad} at ${at}`);
        if (bad === -Infinity) continue;
        const place = `got ${bad} in row ${Math.floor(at / n)} at ${at % n}`;
        expect(() => family.map(normal.with(at, bad), out)).toThrow(place);
        expect(() => family.marginals(normal.with(at, bad), out)).toThrow(place);
        expect(() => family.marginalsJvp(normal.with(at, bad), normal, out)).toThrow(place);
      }
    }
    for (const far of [-1.1e300, 1.1e300, Number.MAX_VALUE]) {
      const theta = normal.map((x, i) => (i < 4 * n ? x : far));
      expect(() => family.marginals(theta, out)).toThrow(
        /in \[-1e300, 1e300\] or -Infinity, got .* in row 4 at 0/,
      );
    }
    expect(out.every((x) => x === 7)).toBe(true);
  }
});

test("long rows with a few ones name what is no number, leave out what is excluded, and write nothing before they know", () => {
  const family = bothWays(() => kSubset(5000, 3));
  const theta = Float64Array.from({ length: 10_000 }, (_, i) => Math.sin(i * i));
  for (const bad of [Number.NaN, Infinity]) {
    const out = new Float64Array(10_000).fill(7);
    expect(() => family.map(theta.with(9999, bad), out)).toThrow(/row 1 at 4999/);
    expect(out.every((x) => x === 7)).toBe(true);
  }
  for (const other of [null, Array.from(theta), new Int32Array(10_000)] as unknown as Float64Array[]) {
    expect(() => family.map(other, theta)).toThrow(/theta expected a Float32Array or Float64Array/);
    expect(() => family.map(theta, other)).toThrow(/out expected a Float32Array or Float64Array/);
  }
  const out = theta.map((_, i) => (i % 5000 < 4996 ? -Infinity : -i));
  family.map(out, out);
  expect([...out.keys()].filter((i) => out[i] === 1)).toEqual([4996, 4997, 4998, 9996, 9997, 9998]);
});
