import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { expectLaw, vector } from "../../test/law.ts";
import { chiSquare, chiSquareLimit, FALSE_ALARM_Z } from "../../test/statistics.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { type DependencyTreeContext, type DependencyTreeOptions, dependencyTree } from "./dependency-tree.ts";

const KINDS = [
  { projective: false, root: "multi", key: "nonprojectiveMultiRoot" },
  { projective: false, root: "single", key: "nonprojectiveSingleRoot" },
  { projective: true, root: "multi", key: "projectiveMultiRoot" },
  { projective: true, root: "single", key: "projectiveSingleRoot" },
] as const;
type Key = (typeof KINDS)[number]["key"];

for (const { key, ...options } of KINDS) {
  familyConformance(`dependencyTree, ${key}`, () => dependencyTree(3, options));
  familyConformance<DependencyTreeContext>(
    `dependencyTree, ${key}, 3 of 4 words`,
    () => dependencyTree(4, options),
    {
      context: { lengths: [3] },
    },
  );
}
familyConformance<DependencyTreeContext>(
  "dependencyTree with a mask",
  () => dependencyTree(3, { root: "single" }),
  {
    // Only the root leads to word 1.
    context: { mask: [0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0] },
  },
);

interface Inputs {
  words: number;
  arcs: number[];
  t: number;
  v: number[];
}
interface Outputs {
  logPartition: number;
  marginals: number[];
  entropy: number;
  mapScore: number;
  jvp: number[];
  heads: number[];
  numTrees: number;
}

describe("dependencyTree", () => {
  for (const { case: name, inputs, outputs, tol } of golden<Inputs, Record<Key, Outputs>>("deptree")) {
    for (const { key, ...options } of KINDS) {
      test(`agrees with the golden vectors of ${name}, ${key}`, () => {
        const { words, arcs, t } = inputs;
        const want = outputs[key];
        const tree = dependencyTree(words, options);
        const size = (words + 1) ** 2;
        const z = vector(size, (out) => tree.map(Float64Array.from(arcs), out));
        const heads = Array.from({ length: words }, (_, w) => {
          for (let h = 0; h <= words; h++) if (z[h * (words + 1) + w + 1] === 1) return h;
          return -1;
        });
        expect(heads).toEqual(want.heads);
        expectClose(dot(z, arcs), want.mapScore, tol, "mapScore");
        const theta = Float64Array.from(arcs, (x) => x / t);
        const v = Float64Array.from(inputs.v, (x) => x / t);
        expectClose(
          vector(1, (out) => tree.logPartition(theta, out)),
          [want.logPartition],
          tol,
          "logPartition",
        );
        expectClose(
          vector(1, (out) => tree.entropy(theta, out)),
          [want.entropy],
          tol,
          "entropy",
        );
        expectClose(
          vector(size, (out) => tree.marginals(theta, out)),
          want.marginals,
          tol,
          "marginals",
        );
        expectClose(
          vector(size, (out) => tree.marginalsJvp(theta, v, out)),
          want.jvp,
          tol,
          "jvp",
        );
        expectClose(
          vector(1, (out) => tree.logPartition(new Float64Array(size), out)),
          [Math.log(want.numTrees)],
          tol,
        );
      });
    }
  }

  for (const { key, ...options } of KINDS) {
    test(`${key} agrees with enumeration on random sentences, weights and exclusions`, () => {
      const r = rng(51);
      let possible = 0;
      for (let repeat = 0; repeat < 400; repeat++) {
        const words = 1 + (r.bits() % 4);
        const tree = dependencyTree(words, options);
        const size = (words + 1) ** 2;
        const scale = [0.1, 1, 30, 700, 10000][r.bits() % 5]!;
        const excluded = r.uniform() < 0.5 ? 0 : 0.4;
        const theta = Float64Array.from({ length: size }, () =>
          r.uniform() < excluded ? -Infinity : scale * r.normal(),
        );
        const truth = enumerate(tree, theta);
        if (truth.mapScore === -Infinity) {
          for (const attempt of [tree.map, tree.marginals, tree.logPartition]) {
            const out = new Float64Array(attempt === tree.logPartition ? 1 : size).fill(7);
            expect(() => attempt(theta, out)).toThrow("dependencyTree: row 0 has no dependency tree");
            expect(out.every((x) => x === 7)).toBe(true);
          }
          continue;
        }
        possible++;
        const z = vector(size, (out) => tree.map(theta, out));
        expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
        expectClose(dot(z, theta), truth.mapScore, { rel: 1e-12, abs: 1e-12 });
        const sample = vector(size, (out) => tree.sample(theta, rng(repeat), out));
        expect(truth.logProbability(sample)).toBeGreaterThan(-60);
        const v = theta.map((_, e) => Math.sin(e));
        // Enumeration itself loses scale · 2^-52 in a sum of scores.
        const tol = { rel: 1e-9, abs: 1e-11 + scale * 1e-14 };
        expectLaw(tree, theta, truth, v, tol);
      }
      expect(possible).toBeGreaterThan(250);
    });

    test(`${key}: every word has one head, whatever the weights`, () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 12 }),
          fc.double({ min: -1, max: 4, noNaN: true }),
          fc.nat(),
          (words, power, seed) => {
            const r = rng(seed);
            const stride = words + 1;
            const tree = dependencyTree(words, options);
            const theta = Float64Array.from({ length: stride * stride }, () => 10 ** power * r.normal());
            const mu = vector(theta.length, (out) => tree.marginals(theta, out));
            const z = vector(theta.length, (out) => tree.sample(theta, rng(seed), out));
            for (const state of [mu, z]) {
              for (let m = 0; m <= words; m++) {
                let heads = 0;
                for (let h = 0; h <= words; h++) heads += state[h * stride + m]!;
                expectClose(heads, m === 0 ? 0 : 1, { rel: 0, abs: 1e-9 });
              }
              if (options.root === "single") {
                expectClose(
                  state.slice(0, stride).reduce((a, b) => a + b),
                  1,
                  { rel: 0, abs: 1e-9 },
                );
              }
            }
            const best = vector(theta.length, (out) => tree.map(theta, out));
            const logP = (state: Float64Array) =>
              vector(1, (out) => tree.logProbability(theta, state, out))[0]!;
            expect(logP(best)).toBeGreaterThanOrEqual(logP(z) - 1e-9 * Math.abs(logP(z)));
            expect(logP(z)).toBeGreaterThan(-Infinity);
          },
        ),
        { numRuns: 80, seed: 1 },
      );
    });
  }

  test("projective trees are no more than all trees, and single roots no more than any", () => {
    const count = (words: number, options: DependencyTreeOptions) =>
      Math.round(
        Math.exp(
          vector(1, (out) =>
            dependencyTree(words, options).logPartition(new Float64Array((words + 1) ** 2), out),
          )[0]!,
        ),
      );
    // (n + 1)^(n − 1), n^(n − 1), and ternary trees: C(3n, n) / (2n + 1).
    expect([1, 2, 3, 4, 5].map((n) => count(n, {}))).toEqual([1, 3, 16, 125, 1296]);
    expect([1, 2, 3, 4, 5].map((n) => count(n, { root: "single" }))).toEqual([1, 2, 9, 64, 625]);
    expect([1, 2, 3, 4, 5].map((n) => count(n, { projective: true }))).toEqual([1, 3, 12, 55, 273]);
  });

  test("sums with one root hold where words are left to cycles within cycles, e^-600 each", () => {
    // 3 and 4 hold on to each other, 2 to them, 1 to 2; a tree may start at 4 or at 3. Then 5 hangs on what no arc leaves.
    const theta = new Float64Array(36).fill(-Infinity);
    theta.fill(0, 1, 5);
    for (const [h, m] of [
      [3, 4],
      [4, 3],
      [3, 2],
      [2, 1],
    ] as const)
      theta[h * 6 + m] = 0;
    theta[2 * 6 + 3] = -600;
    theta[1 * 6 + 2] = -600;
    theta[1 * 6 + 5] = -3;
    const tree = dependencyTree(5, { root: "single" });
    const truth = enumerate(tree, theta);
    expect(Math.exp(truth.logPartition + 3)).toBeCloseTo(2);
    const v = theta.map((_, e) => Math.sin(e));
    expectLaw(tree, theta, truth, v, { rel: 1e-9, abs: 1e-11 });
  });

  for (const root of ["single", "multi"] as const) {
    test(`samples of 12 words, ${root} root, use each arc as often as its marginal says`, () => {
      const tree = dependencyTree(12, { root });
      const draws = 2000;
      const r = rng(54);
      const theta = Float64Array.from({ length: 169 }, () => 2 * r.normal());
      const mu = vector(169, (out) => tree.marginals(theta, out));
      const rows = new Float64Array(169 * draws);
      for (let i = 0; i < draws; i++) rows.set(theta, 169 * i);
      const z = vector(rows.length, (out) => tree.sample(rows, rng(55), out));
      const counts = new Float64Array(169);
      for (let i = 0; i < z.length; i++) counts[i % 169]! += z[i]!;
      counts.forEach((count, e) => {
        const deviation = Math.sqrt(draws * mu[e]! * (1 - mu[e]!));
        // A Poisson tail of 1e-7 beside a mean near 0 needs 15 more.
        expect(Math.abs(count - draws * mu[e]!)).toBeLessThan(FALSE_ALARM_Z * deviation + 15);
      });
    });
  }

  test("samples with one root follow the law where strong cycles hide behind weak arcs", () => {
    // Words 1 and 2 hold on to each other, 3 and 4 do, and all that joins them is e^-700.
    const theta = new Float64Array(25).fill(-350);
    for (const [h, m] of [
      [1, 2],
      [2, 1],
      [3, 4],
      [4, 3],
    ] as const)
      theta[h * 5 + m] = 350 + h / 5;
    theta[0 * 5 + 3] = -349;
    const tree = dependencyTree(4, { root: "single" });
    const truth = enumerate(tree, theta);
    const draws = 3000;
    const rows = new Float64Array(draws * 25);
    for (let i = 0; i < draws; i++) rows.set(theta, 25 * i);
    const z = vector(rows.length, (out) => tree.sample(rows, rng(52), out));
    const index = new Map(truth.states.map((state, s) => [state.join(), s]));
    const counts = new Float64Array(truth.states.length);
    for (let i = 0; i < draws; i++) counts[index.get(z.slice(25 * i, 25 * i + 25).join())!]!++;
    const { statistic, degrees } = chiSquare(counts, truth.probabilities);
    expect(statistic).toBeLessThan(chiSquareLimit(degrees));
  });

  test("what stands on the diagonal and in column 0 is ignored", () => {
    const r = rng(53);
    for (const { key, ...options } of KINDS) {
      const tree = dependencyTree(3, options);
      const theta = Float64Array.from({ length: 16 }, () => r.normal());
      const other = theta.map((x, e) => (e % 4 === 0 || e % 5 === 0 ? 9999 : x));
      for (const f of [tree.map, tree.marginals]) {
        expect(
          vector(16, (out) => f(other, out)),
          key,
        ).toEqual(vector(16, (out) => f(theta, out)));
      }
    }
  });

  test("rows of a batch have their own lengths, and padded arcs are 0", () => {
    const context = { lengths: [2, 1, 0] };
    for (const { key, ...options } of KINDS) {
      const tree = dependencyTree(2, options);
      const theta = Float64Array.from({ length: 27 }, (_, e) => Math.cos(e));
      for (const f of [tree.map, tree.marginals] as const) {
        const out = vector(27, (out) => f(theta, out, context));
        expectClose(out.slice(9, 18), [0, 1, 0, 0, 0, 0, 0, 0, 0], { rel: 1e-12, abs: 0 }, key);
        expect(out.slice(18)).toEqual(new Float64Array(9));
      }
      expect(vector(27, (out) => tree.sample(theta, rng(0), out, context)).slice(18)).toEqual(
        new Float64Array(9),
      );
      expect(vector(27, (out) => tree.marginalsJvp(theta, theta, out, context)).slice(18)).toEqual(
        new Float64Array(9),
      );
      expect(vector(3, (out) => tree.entropy(theta, out, context))[2]).toBe(0);
      expectClose(vector(3, (out) => tree.logPartition(theta, out, context)).slice(1), [theta[10]!, 0], {
        rel: 1e-12,
        abs: 0,
      });
    }
  });

  test("a sentence without words has the empty tree", () => {
    for (const { key, ...options } of KINDS) {
      const tree = dependencyTree(0, options);
      expect(Array.from(tree.states!()), key).toEqual([new Float64Array(1)]);
      expect(vector(1, (out) => tree.map(new Float64Array(1), out))).toEqual(new Float64Array(1));
    }
  });

  test("bad sizes, options and contexts are errors", () => {
    expect(() => dependencyTree(-1)).toThrow("dependencyTree: words expected an integer ≥ 0, got -1");
    expect(() => dependencyTree(2, { root: "both" as "multi" })).toThrow(
      'root expected one of "single", "multi", got "both"',
    );
    expect(() => dependencyTree(2, { rooted: true } as DependencyTreeOptions)).toThrow(
      'unknown option "rooted"',
    );
    expect(() => dependencyTree(2, { projective: 1 as unknown as boolean })).toThrow(TypeError);
    const tree = dependencyTree(2);
    const map = (context: DependencyTreeContext) => () =>
      tree.map(new Float64Array(9), new Float64Array(9), context);
    expect(map({ lengths: [3] })).toThrow("expected an integer in [0, 2], got 3");
    expect(map({ lengths: [] })).toThrow(RangeError);
  });
});
