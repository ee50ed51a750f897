import { describe, expect, test } from "vitest";
import { familyConformance, structureConformance } from "../../test/conformance.ts";
import { expectClose } from "../../test/golden.ts";
import { hullInfeasibility, relaxationConformance } from "../../test/relaxation-conformance.ts";
import { enumerate } from "../conformance/enumerate.ts";
import type { ExponentialFamily, Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";
import {
  categorical,
  completeGraph,
  euclidean,
  exponentialFamily,
  fenchelYoung,
  gridPath,
  independentBits,
  kSubset,
  linearChain,
  matching,
  neuralSort,
  product,
  repeat,
  scoreFunction,
  simple,
  sinkhorn,
  softEisner,
  sortingPermutation,
  spanningTree,
  stochasticSoftmax,
} from "../index.ts";

type Family = ExponentialFamily<never>;

familyConformance("a subset beside a permutation", () => product([kSubset(4, 2), matching(3)]));
familyConformance("one part", () => product([linearChain(2, 2)]));
familyConformance("parts with contexts", () => product([kSubset(4, 2), independentBits(2), matching(2)]), {
  context: [{ k: [1], lengths: [3] }, undefined, { rowCounts: [2], colCounts: [1] }] as never,
});
familyConformance("parts of nothing beside others", () =>
  product([kSubset(0, 0), categorical(3), matching(0)]),
);
familyConformance("a product of a repetition of a product", () =>
  product([repeat(product([kSubset(3, 1), independentBits(1)]), 2), categorical(2)]),
);
structureConformance("paths beside a subset", () => product([gridPath(2, 3), kSubset(3, 1)]) as Structure, {
  theta: (x) => x.map((value, i) => (i % 9 < 6 ? -Math.abs(value) : value)),
});

relaxationConformance(
  "a product of relaxations",
  () => product([euclidean(kSubset(4, 2)), sinkhorn(matching(2))]),
  {
    infeasibility: (x) => hullInfeasibility(product([kSubset(4, 2), matching(2)]), x),
  },
);
relaxationConformance(
  "a product of relaxations, one of unknown f, with contexts",
  () => product([exponentialFamily(kSubset(4, 2)), euclidean(kSubset(3, 1))]),
  {
    context: [{ k: [3] }, { lengths: [2] }] as never,
    partlyRegular: true,
    infeasibility: (x) =>
      hullInfeasibility(product([kSubset(4, 2), kSubset(3, 1)]), x, [{ k: [3] }, { lengths: [2] }] as never),
  },
);
relaxationConformance("a product with a sort", () => product([euclidean(kSubset(3, 1)), neuralSort(3)]), {
  inputSize: 6,
  symmetric: false,
  infeasibility: (x) => Math.max(...x.map((v) => Math.max(-v, v - 1))),
});

/** A random nesting of small families. */
function nesting(r: ReturnType<typeof rng>, depth: number): Family {
  const leaves: readonly (() => Family)[] = [
    () => kSubset(3, 1),
    () => kSubset(2, 2),
    () => kSubset(0, 0),
    () => independentBits(2),
    () => categorical(2),
    () => matching(2),
    () => linearChain(2, 1),
    () => spanningTree(completeGraph(3)),
  ];
  const kind = depth === 0 ? 0 : r.bits() % 3;
  if (kind === 0) return leaves[r.bits() % leaves.length]!();
  if (kind === 1) return repeat(nesting(r, depth - 1), r.bits() % 3) as Family;
  return product(Array.from({ length: r.bits() % 3 }, () => nesting(r, depth - 1))) as Family;
}

test("random nestings agree with enumeration", () => {
  const r = rng(5);
  const tol = { rel: 1e-9, abs: 1e-9 };
  for (let repetition = 0; repetition < 120; repetition++) {
    const family = nesting(r, 3);
    const size = sizeOf(family.shape);
    if (Array.from(family.states!()).length > 600) continue;
    const scale = [0.5, 3, 1e4][repetition % 3]!;
    const theta = Float64Array.from({ length: size }, () => scale * r.normal());
    const v = Float64Array.from({ length: size }, () => r.normal());
    const truth = enumerate(family, theta);
    const one = (f: (out: Float64Array) => void): number => {
      const out = new Float64Array(1);
      f(out);
      return out[0]!;
    };
    const all = (f: (out: Float64Array) => void): Float64Array => {
      const out = new Float64Array(size);
      f(out);
      return out;
    };
    expectClose(
      one((out) => family.logPartition(theta, out)),
      truth.logPartition,
      tol,
      "logPartition",
    );
    expectClose(
      one((out) => family.entropy(theta, out)),
      truth.entropy,
      tol,
      "entropy",
    );
    expectClose(
      all((out) => family.marginals(theta, out)),
      truth.marginals,
      tol,
      "marginals",
    );
    expectClose(
      all((out) => family.marginalsJvp(theta, v, out)),
      truth.jvp(v),
      tol,
      "jvp",
    );
    const z = all((out) => family.map(theta, out));
    expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
    expectClose(
      one((out) => family.logProbability(theta, z, out)),
      truth.logProbability(z),
      { rel: 1e-9, abs: 1e-9 * (1 + scale) },
    );
    const drawn = all((out) => family.sample(theta, rng(repetition), out));
    expect(truth.logProbability(drawn)).toBeGreaterThan(-Infinity);
    if (family.cardinality !== undefined) expect(z.reduce((a, b) => a + b, 0)).toBe(family.cardinality);
  }
});

describe("product", () => {
  test("says where its parts are, and adds their cardinalities", () => {
    const both = product([kSubset(5, 3), repeat(matching(2, 3), 2)]);
    expect(both.shape).toEqual([17]);
    expect(both.cardinality).toBe(7);
    expect(both.parts.map(({ name, offset, length }) => [name, offset, length])).toEqual([
      ["kSubset", 0, 5],
      ["repeat", 5, 12],
    ]);
    expect(product([kSubset(5, 3), independentBits(2)])).not.toHaveProperty("cardinality");
    const sorting = product([kSubset(2, 1), sortingPermutation(3)]);
    expect(sorting.shape).toEqual([11]);
    expect((sorting as { inputShape?: unknown }).inputShape).toEqual([5]);
    expect(sorting.parts[1]).toMatchObject({ offset: 2, length: 9, inputOffset: 2, inputLength: 3 });
  });

  test("of nothing has one state, which is empty", () => {
    const none = product([]);
    expect(Array.from(none.states())).toEqual([new Float64Array(0)]);
    const out = new Float64Array(3).fill(7);
    none.logPartition(new Float64Array(0), out);
    expect(out).toEqual(new Float64Array(3));
  });

  test("says in one sentence why there is no exact inference", () => {
    const odd = product([kSubset(5, 3), sortingPermutation(4)]) as unknown as Family;
    const message =
      "expected a structure with exact inference, and product has none: part 1, sortingPermutation, has none";
    expect(() => simple(odd)).toThrow(new TypeError(`simple: family ${message}`));
    expect(() => scoreFunction(odd)).toThrow(TypeError);
    expect(() => exponentialFamily(odd)).toThrow(new TypeError(`exponentialFamily: family ${message}`));
    expect(() => fenchelYoung(odd)).toThrow(/part 1, sortingPermutation, has none/);
    const nested = product([categorical(2), repeat(product([gridPath(2, 2)]), 2)]) as unknown as Family;
    expect(() => simple(nested)).toThrow(
      "and product has none: part 1, repeat, has none: product has none: part 0, gridPath, has none",
    );
    expect(() => simple(product([kSubset(5, 3), matching(4)]))).not.toThrow();
  });

  test("errors name the part and the row, and nothing is half-written", () => {
    const both = product([kSubset(3, 1), matching(2)]);
    const out = new Float64Array(14).fill(7);
    const theta = new Float64Array(14);
    const forbid = theta.slice();
    forbid.fill(-Infinity, 10, 12);
    expect(() => both.map(forbid, out)).toThrow(
      new RangeError("product: part 1: matching: row 1 has no perfect matching without an excluded element"),
    );
    const broken = theta.slice();
    broken[8] = Number.NaN;
    expect(() => both.map(broken, out)).toThrow(
      "product: part 0: kSubset: theta expected finite numbers or -Infinity, got NaN in row 1 at 1",
    );
    expect(() => both.map(theta, out, [{ k: [1] }, undefined])).toThrow(
      "product: part 0: kSubset: context.k expected 2 entries, got 1",
    );
    expect(() => both.map(theta, out, [undefined] as never)).toThrow(
      new RangeError("product: context expected 2 contexts, one a part, got 1"),
    );
    expect(() => both.map(theta, out, { k: [1, 1] } as never)).toThrow(
      new TypeError("product: context expected a list of 2 contexts, one a part, got object"),
    );
    expect(out.every((x) => x === 7)).toBe(true);
    expect(() => product([kSubset(3, 1), euclidean(kSubset(3, 1))] as never)).toThrow(
      new TypeError("product: part 1 expected a structure, as part 0 is, got the relaxation euclidean"),
    );
    expect(() => product([euclidean(kSubset(3, 1)), kSubset(3, 1)] as never)).toThrow(
      "product: part 1 expected a relaxation, as part 0 is, got kSubset",
    );
    expect(() => product(undefined as never)).toThrow("product: parts expected a list");
  });

  test("reports what its parts count", () => {
    const both = product([kSubset(2, 1), gridPath(2, 2)]);
    both.map(Float64Array.of(0, 1, 1, -1, 1, 1), new Float64Array(6));
    expect(both.report?.()).toHaveProperty("part 1 clampedCosts");
  });

  test("a relaxation without an objective has none in a product", () => {
    expect(product([euclidean(kSubset(2, 1)), softEisner(2)])).not.toHaveProperty("objective");
    const layer = stochasticSoftmax(product([euclidean(kSubset(3, 1)), neuralSort(2)]));
    expect([layer.inputShape, layer.outputShape]).toEqual([[5], [7]]);
    const x = layer.forward(Float64Array.of(1, 2, 3, 4, 5), rng(0));
    expect(x.backward(x.value)).toHaveLength(5);
    expect(layer.evaluate(Float64Array.of(1, 2, 3, 4, 5), rng(0))).toHaveLength(7);
  });
});
