import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { relaxationConformance } from "../../test/relaxation-conformance.ts";
import { enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { dependencyTree } from "../structures/dependency-tree.ts";
import { type SoftEisnerOptions, softEisner } from "./soft-eisner.ts";

const normals = (seed: number, length: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};

/** Every word has heads of total weight 1, and nothing is negative. */
function infeasibility(x: Float64Array, words: number): number {
  const n = words + 1;
  let worst = Math.max(0, ...x.map((p) => -p));
  for (let m = 0; m <= words; m++) {
    let sum = 0;
    for (let h = 0; h <= words; h++) sum += x[h * n + m]!;
    worst = Math.max(worst, Math.abs(sum - (m === 0 ? 0 : 1)), x[m * n + m]!);
  }
  return worst;
}

/**
 * The published algorithm as a recursion: the value of a span, and the arcs it holds in the mean.
 */
function recursive(theta: Float64Array, words: number, t: number, single: boolean): Float64Array {
  interface Span {
    readonly score: number;
    readonly arcs: Float64Array;
  }
  const n = words + 1;
  const none: Span = { score: 0, arcs: new Float64Array(n * n) };
  const memo = new Map<string, Span>();
  const mix = (key: string, splits: () => (readonly [Span, Span, number])[]): Span => {
    const known = memo.get(key);
    if (known) return known;
    const options = splits();
    const scores = options.map(([a, b, arc]) => a.score + b.score + (arc < 0 ? 0 : theta[arc]!));
    const max = Math.max(...scores);
    const weights = scores.map((s) => Math.exp((s - max) / t));
    const total = weights.reduce((a, b) => a + b, 0);
    let score = 0;
    const arcs = new Float64Array(n * n);
    options.forEach(([a, b, arc], k) => {
      const w = weights[k]! / total;
      score += w * scores[k]!;
      for (let i = 0; i < n * n; i++) arcs[i]! += w * (a.arcs[i]! + b.arcs[i]! + (i === arc ? 1 : 0));
    });
    memo.set(key, { score, arcs });
    return memo.get(key)!;
  };
  const range = (a: number, b: number): number[] => Array.from({ length: b - a }, (_, i) => a + i);
  const completeRight = (i: number, j: number): Span =>
    i === j
      ? none
      : mix(`cr${i},${j}`, () => range(i + 1, j + 1).map((k) => [arc(i, k, true), completeRight(k, j), -1]));
  const completeLeft = (i: number, j: number): Span =>
    i === j
      ? none
      : mix(`cl${i},${j}`, () => range(i, j).map((k) => [completeLeft(i, k), arc(k, j, false), -1]));
  const arc = (i: number, j: number, right: boolean): Span =>
    mix(`a${i},${j},${right}`, () =>
      range(i, j).map((k) => [completeRight(i, k), completeLeft(k + 1, j), right ? i * n + j : j * n + i]),
    );
  if (words === 0) return none.arcs;
  if (!single) return completeRight(0, words).arcs;
  return mix("root", () => range(1, words + 1).map((r) => [completeLeft(1, r), completeRight(r, words), r]))
    .arcs;
}

describe("softEisner", () => {
  for (const root of ["multi", "single"] as const) {
    for (const words of [1, 2, 4]) {
      relaxationConformance(`softEisner(${words}, ${root})`, () => softEisner(words, { root }), {
        infeasibility: (x) => infeasibility(x, words),
        uniform: recursive(new Float64Array((words + 1) ** 2), words, 1, root === "single"),
        symmetric: false,
      });
    }

    test(`agrees with the published recursion, ${root} root`, () => {
      for (const [words, t] of [
        [1, 1],
        [3, 0.2],
        [5, 1],
        [7, 3],
      ] as const) {
        const theta = normals(words, (words + 1) ** 2);
        const x = new Float64Array(theta.length);
        softEisner(words, { root }).relax(theta, t, x);
        expectClose(x, recursive(theta, words, t, root === "single"), { rel: 1e-12, abs: 1e-14 });
      }
    });

    test(`lies in the polytope of projective trees, ${root} root`, () => {
      // A point of the hull scores no more than the best tree, in any direction.
      const words = 4;
      const trees = dependencyTree(words, { projective: true, root });
      const r = rng(1);
      for (let repeat = 0; repeat < 50; repeat++) {
        const x = new Float64Array(25);
        softEisner(words, { root }).relax(
          Float64Array.from({ length: 25 }, () => r.normal()),
          0.7,
          x,
        );
        const direction = Float64Array.from({ length: 25 }, () => r.normal());
        const score = x.reduce((sum, p, i) => sum + p * direction[i]!, 0);
        expect(score).toBeLessThanOrEqual(enumerate(trees, direction).mapScore + 1e-9);
      }
    });
  }

  test("rows may have their own lengths and masks, and excluded arcs are 0", () => {
    const relaxation = softEisner(3);
    const theta = normals(2, 32);
    theta[1] = -Infinity;
    const mask = new Array(32).fill(1);
    mask[16 + 6] = 0;
    const x = new Float64Array(32);
    relaxation.relax(theta, 0.8, x, { lengths: [3, 2], mask });
    expect(x[1]).toBe(0);
    expect(infeasibility(x.slice(0, 16), 3)).toBeLessThan(1e-12);
    expect(x[16 + 6]).toBe(0);
    const small = new Float64Array(9);
    for (let h = 0; h < 3; h++) for (let m = 0; m < 3; m++) small[h * 3 + m] = x[16 + h * 4 + m]!;
    expect(infeasibility(small, 2)).toBeLessThan(1e-12);
    const v = new Float64Array(32);
    relaxation.vjp(theta, 0.8, normals(3, 32), v, { lengths: [3, 2], mask });
    expect(v[1]).toBe(0);
    expect(v[16 + 6]).toBe(0);
    expect(v.every(Number.isFinite)).toBe(true);
    expect(v.slice(28).every((p) => p === 0)).toBe(true);
  });

  test("a sentence without words has no arcs", () => {
    const x = new Float64Array(1);
    softEisner(0).relax(Float64Array.of(3), 1, x);
    expect(x[0]).toBe(0);
    softEisner(2).relax(new Float64Array(9), 1, new Float64Array(9), { lengths: [0] });
  });

  test("rows without a tree and unknown options are errors", () => {
    const theta = new Float64Array(9);
    theta[1] = -Infinity;
    theta[2] = -Infinity;
    expect(() => softEisner(2).relax(theta, 1, new Float64Array(9))).toThrow(/row 0/);
    expect(() => softEisner(2, { roots: "single" } as SoftEisnerOptions)).toThrow(TypeError);
    expect(() => softEisner(-1)).toThrow(RangeError);
  });
});
