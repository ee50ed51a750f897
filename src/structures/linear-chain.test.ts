import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { expectLaw, number, row } from "../../test/law.ts";
import { chiSquare, chiSquareLimit } from "../../test/statistics.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { type LinearChainContext, linearChain } from "./linear-chain.ts";

type Family = ReturnType<typeof linearChain>;
const normals = (length: number, seed: number, scale = 1): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => scale * r.normal());
};

familyConformance("linearChain(4, 3)", () => linearChain(4, 3));
familyConformance("linearChain(6, 2)", () => linearChain(6, 2));
familyConformance("linearChain(2, 5)", () => linearChain(2, 5));
familyConformance("linearChain(1, 4)", () => linearChain(1, 4));
familyConformance("linearChain(5, 1)", () => linearChain(5, 1));
familyConformance("a short row of linearChain(6, 3)", () => linearChain(6, 3), {
  context: { lengths: [3] },
});
familyConformance("a masked row of linearChain(4, 2)", () => linearChain(4, 2), {
  context: { mask: [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0] },
});

describe("golden vectors", () => {
  interface Inputs {
    T: number;
    C: number;
    t: number;
    unary: number[];
    transition: number[];
    vUnary: number[];
  }
  interface Outputs {
    logPartition: number;
    entropy: number;
    viterbi: number[];
    viterbiScore: number;
    nodeMarginals: number[];
    edgeMarginals: number[];
    jvpNode: number[];
    jvpEdge: number[];
  }
  for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("linear_chain")) {
    test(name, () => {
      const { T, C, t, unary, transition, vUnary } = inputs;
      const family = linearChain(T, C);
      const utilities = Float64Array.from([...unary, ...transition]);
      const theta = utilities.map((u) => u / t);
      const z = row(family, (out) => family.map(utilities, out));
      const labels = outputs.viterbi.map((_, i) => z.slice(i * C, (i + 1) * C).indexOf(1));
      expect(labels).toEqual(outputs.viterbi);
      expectClose(dot(z, utilities), outputs.viterbiScore, tol);
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
        [...outputs.nodeMarginals, ...outputs.edgeMarginals],
        tol,
      );
      const direction = theta.map((_, i) => (vUnary[i] ?? 0) / t);
      expectClose(
        row(family, (out) => family.marginalsJvp(theta, direction, out)),
        [...outputs.jvpNode, ...outputs.jvpEdge],
        tol,
      );
    });
  }
});

test("agrees with enumeration on thousands of small instances, with exclusions and ties", () => {
  const r = rng(1);
  const integer = (max: number) => Math.floor(r.uniform() * (max + 1));
  let solved = 0;
  for (let i = 0; i < 2000; i++) {
    const length = 1 + integer(3);
    const labels = 1 + integer(length < 4 ? 3 : 2);
    const family = linearChain(length, labels);
    const scale = [0, 1, 30, 1e4][i % 4]!;
    const theta = Float64Array.from({ length: family.shape[0]! }, () =>
      r.uniform() < 0.15 ? -Infinity : i % 3 === 0 ? integer(2) * scale : scale * r.normal(),
    );
    const truth = enumerate(family, theta);
    if (truth.mapScore === -Infinity) {
      for (const f of [family.map, family.marginals]) {
        expect(() => row(family, (out) => f(theta, out))).toThrow(/row 0 has no labelling/);
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
  expect(solved).toBeGreaterThan(1200);
});

test("the lowest labels win where all is tied", () => {
  const family = linearChain(3, 2);
  const z = row(family, (out) => family.map(new Float64Array(14), out));
  expect(Array.from(z)).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
});

test("a shorter row is the chain of that length, padded with zeros", () => {
  const [length, labels] = [5, 3];
  const wide = linearChain(length, labels);
  const m = wide.shape[0]!;
  const lengths = [5, 3, 1, 0, 2];
  const context: LinearChainContext = { lengths };
  const theta = normals(lengths.length * m, 3);
  const v = normals(lengths.length * m, 4);
  const run = (family: Family, t: Float64Array, d: Float64Array, c?: LinearChainContext) => {
    const full = () => new Float64Array(t.length).fill(7);
    const [z, mu, jvp] = [full(), full(), full()];
    const [logZ, entropy] = [0, 0].map(() => new Float64Array(c ? lengths.length : 1)) as [
      Float64Array,
      Float64Array,
    ];
    family.map(t, z, c);
    family.marginals(t, mu, c);
    family.marginalsJvp(t, d, jvp, c);
    family.logPartition(t, logZ, c);
    family.entropy(t, entropy, c);
    return { rows: [z, mu, jvp], logZ, entropy };
  };
  const all = run(wide, theta, v, context);
  lengths.forEach((l, r) => {
    const used = [
      ...Array.from({ length: l * labels }, (_, i) => r * m + i),
      ...Array.from({ length: Math.max(0, l - 1) * labels ** 2 }, (_, i) => r * m + length * labels + i),
    ];
    const pick = (a: Float64Array) => Float64Array.from(used, (i) => a[i]!);
    const one = run(linearChain(l, labels), pick(theta), pick(v));
    expect(all.logZ[r]).toBe(one.logZ[0]);
    expect(all.entropy[r]).toBe(one.entropy[0]);
    all.rows.forEach((a, i) => {
      expect(pick(a)).toEqual(one.rows[i]);
      const unused = a.slice(r * m, (r + 1) * m).filter((_, j) => !used.includes(r * m + j));
      expect(unused.every((x) => x === 0)).toBe(true);
    });
  });
});

test("a mask is the same as -Infinity", () => {
  const family = linearChain(4, 3);
  const theta = normals(39, 5);
  const mask = Float64Array.from(theta, (_, i) => (i % 5 === 2 ? 0 : 1));
  const excluded = theta.map((x, i) => (mask[i] === 0 ? -Infinity : x));
  expect(row(family, (out) => family.marginals(theta, out, { mask }))).toEqual(
    row(family, (out) => family.marginals(excluded, out)),
  );
});

test("marginals of positions sum to 1, those of transitions to those of their ends", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(),
      fc.constantFrom(0.1, 1, 30, 1e4),
      (length, labels, seed, scale) => {
        const family = linearChain(length, labels);
        const mu = row(family, (out) => family.marginals(normals(family.shape[0]!, seed, scale), out));
        const sum = (start: number, count: number, step: number) => {
          let total = 0;
          for (let i = 0; i < count; i++) total += mu[start + i * step]!;
          return total;
        };
        const tol = { rel: 0, abs: 1e-12 };
        for (let t = 0; t < length; t++) {
          expectClose(sum(t * labels, labels, 1), 1, tol);
          for (let i = 0; t + 1 < length && i < labels; i++) {
            const square = length * labels + t * labels ** 2;
            expectClose(sum(square + i * labels, labels, 1), mu[t * labels + i]!, tol);
            expectClose(sum(square + i, labels, labels), mu[(t + 1) * labels + i]!, tol);
          }
        }
      },
    ),
    { numRuns: 60, seed: 6 },
  );
});

test("the law read backwards is the law", () => {
  const [length, labels] = [25, 4];
  const family = linearChain(length, labels);
  const theta = normals(family.shape[0]!, 7, 2);
  const v = normals(family.shape[0]!, 8);
  const mirror = (a: Float64Array) =>
    a.map((_, at) => {
      if (at < length * labels) {
        return a[(length - 1 - Math.floor(at / labels)) * labels + (at % labels)]!;
      }
      const edge = at - length * labels;
      const t = length - 2 - Math.floor(edge / labels ** 2);
      const [from, to] = [Math.floor(edge / labels) % labels, edge % labels];
      return a[length * labels + t * labels ** 2 + to * labels + from]!;
    });
  const tol = { rel: 1e-10, abs: 1e-12 };
  const jvp = (t: Float64Array, d: Float64Array) => row(family, (out) => family.marginalsJvp(t, d, out));
  expectClose(mirror(jvp(mirror(theta), mirror(v))), jvp(theta, v), tol);
  const logZ = (t: Float64Array) => number((out) => family.logPartition(t, out));
  expectClose(logZ(mirror(theta)), logZ(theta), tol);
});

test("long chains of parameters of ±1e4 are as exact as small ones", () => {
  // Labels must alternate; the two ways to do so differ by log 3.
  const [length, labels] = [400, 2];
  const family = linearChain(length, labels);
  const theta = new Float64Array(family.shape[0]!);
  for (let t = 0; t < length - 1; t++) theta.set([-1e4, 1e4, 1e4, -1e4], length * labels + 4 * t);
  theta[1]! += Math.log(3);
  const mu = row(family, (out) => family.marginals(theta, out));
  expectClose([mu[0]!, mu[1]!], [0.25, 0.75], { rel: 1e-11, abs: 0 });
  expectClose(
    number((out) => family.entropy(theta, out)),
    -0.25 * Math.log(0.25) - 0.75 * Math.log(0.75),
    { rel: 1e-11, abs: 0 },
  );
  expectClose(
    number((out) => family.logPartition(theta, out)),
    399e4 + Math.log(4),
    { rel: 1e-15, abs: 0 },
  );
});

test("samples of a long chain have the law's frequencies of labels and transitions", () => {
  const [length, labels] = [12, 4];
  const family = linearChain(length, labels);
  const m = family.shape[0]!;
  const theta = normals(m, 9);
  const mu = row(family, (out) => family.marginals(theta, out));
  const draws = 3000;
  const batch = new Float64Array(draws * m);
  for (let i = 0; i < draws; i++) batch.set(theta, i * m);
  const z = new Float64Array(draws * m);
  family.sample(batch, rng(10), z);
  const counts = new Float64Array(m);
  for (let i = 0; i < z.length; i++) counts[i % m]! += z[i]!;
  for (let at = 0; at < m; at += at < length * labels ? labels : labels ** 2) {
    const cells = at < length * labels ? labels : labels ** 2;
    const { statistic, degrees } = chiSquare(counts.slice(at, at + cells), mu.slice(at, at + cells));
    expect(statistic).toBeLessThan(chiSquareLimit(degrees));
  }
});

describe("errors", () => {
  const family = linearChain(3, 2);
  const theta = new Float64Array(28);
  const out = new Float64Array(28);

  test("sizes out of range", () => {
    expect(() => linearChain(3, 0)).toThrow("linearChain: labels expected an integer ≥ 1, got 0");
    expect(() => linearChain(1.5, 2)).toThrow(RangeError);
    expect(() => linearChain("3" as unknown as number, 2)).toThrow(TypeError);
  });

  test("contexts that do not fit", () => {
    const map = (context: unknown) => () => family.map(theta, out, context as LinearChainContext);
    expect(map({ lengths: [3] })).toThrow("linearChain: context.lengths expected 2 entries, got 1");
    expect(map({ lengths: [3, 4] })).toThrow("context.lengths of row 1 expected an integer in [0, 3], got 4");
    expect(map({ mask: [1] })).toThrow(RangeError);
    expect(map({ k: [1, 1] })).toThrow(TypeError);
  });

  test("an infeasible row is named and leaves out as it was", () => {
    const bad = theta.slice();
    bad.fill(-Infinity, 14 + 6, 14 + 10);
    for (const f of [family.map, family.marginals]) {
      out.fill(7);
      expect(() => f(bad, out)).toThrow("linearChain: row 1 has no labelling");
      expect(out.every((x) => x === 7)).toBe(true);
    }
  });
});

test("no positions have one empty state", () => {
  const family = linearChain(0, 3);
  expect([...family.states!()]).toHaveLength(1);
  expect(number((out) => family.entropy(new Float64Array(0), out))).toBe(0);
});
