import { describe, expect, test } from "vitest";
import { structureConformance } from "../../test/conformance.ts";
import { dot } from "../conformance/enumerate.ts";
import type { Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { gridPath } from "./grid-path.ts";
import { kSubset } from "./k-subset.ts";
import { type SolutionPoolOptions, solutionPool } from "./solution-pool.ts";
import { solver } from "./solver.ts";
import { sortingPermutation } from "./sorting-permutation.ts";

structureConformance("solutionPool that solves every row", () =>
  solutionPool(kSubset(5, 2), { share: 1, rng: rng(0) }),
);

const normals = (seed: number, length: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};

test("a share of the rows is solved, and the others get the best state met so far", () => {
  const structure = kSubset(8, 3);
  const pool = solutionPool(structure, { share: 0.25, rng: rng(1) });
  const rows = 400;
  for (let call = 0; call < 5; call++) {
    const theta = normals(call, rows * 8);
    const z = new Float64Array(rows * 8);
    const before = pool.solutions();
    pool.map(theta, z);
    const known = pool.solutions();
    const exact = new Float64Array(rows * 8);
    structure.map(theta, exact);
    for (let row = 0; row < rows; row++) {
      const cut = (a: Float64Array, at: number): Float64Array => a.slice(at * 8, (at + 1) * 8);
      const t = cut(theta, row);
      const best = (list: Float64Array): number =>
        Math.max(-Infinity, ...Array.from({ length: list.length / 8 }, (_, s) => dot(cut(list, s), t)));
      const got = dot(cut(z, row), t);
      expect(got).toBeGreaterThanOrEqual(best(before) - 1e-12);
      expect([best(known), dot(cut(exact, row), t)].some((of) => Math.abs(of - got) < 1e-12)).toBe(true);
    }
  }
  const { solvedRows, pooledRows } = pool.report();
  expect(solvedRows! + pooledRows!).toBe(5 * rows);
  // Binomial: 5.2 standard deviations.
  expect(Math.abs(solvedRows! - 500)).toBeLessThan(5.2 * Math.sqrt(2000 * 0.25 * 0.75));
});

test("the same key and the same calls give the same answers", () => {
  const run = (): Float64Array => {
    const pool = solutionPool(kSubset(6, 2), { share: 0.2, rng: rng(4) });
    const z = new Float64Array(60);
    for (let call = 0; call < 4; call++) pool.map(normals(call, 60), z);
    return z;
  };
  expect(run()).toEqual(run());
});

test("contexts have pools of their own, so that every answer is feasible", () => {
  const pool = solutionPool(kSubset(4, 2), { share: 0, rng: rng(2) });
  const theta = normals(7, 24);
  const z = new Float64Array(24);
  const context = { k: [1, 2, 3, 1, 2, 3], lengths: [4, 4, 4, 4, 4, 4] };
  pool.map(theta, z, context);
  const ones = Array.from({ length: 6 }, (_, row) => z.slice(4 * row, 4 * row + 4).reduce((a, b) => a + b));
  expect(ones).toEqual([1, 2, 3, 1, 2, 3]);
  expect(pool.report().solvedRows).toBe(3);
  expect(pool.solutions({ k: [3], lengths: [4] })).toHaveLength(4);
  expect(pool.solutions()).toHaveLength(0);
});

test("contexts are alike only where nothing tells them apart", () => {
  let calls = 0;
  const pool = solutionPool<unknown>(
    solver({
      shape: [2],
      solve(_, z) {
        calls++;
        z[0] = 1;
      },
    }),
    { share: 0, rng: rng(0) },
  );
  const [table, other] = [new Map([["a", 1]]), new Map([["a", 2]])];
  const contexts: readonly unknown[] = [
    { of: table },
    { of: other },
    table,
    other,
    { of: [Infinity] },
    { of: [-Infinity] },
    { of: new Float64Array(2) },
    { of: 1n },
    { of: Math.sin },
    { of: Math.cos },
    Float64Array.of(3),
    Float64Array.of(4),
  ];
  for (const context of [...contexts, ...contexts])
    pool.map(new Float64Array(2), new Float64Array(2), context);
  expect(calls).toBe(contexts.length);
});

test("a context that hides what it holds reaches the solver as it is, a typed array row by row", () => {
  const met: unknown[] = [];
  const pool = solutionPool<unknown>(
    solver({
      shape: [1],
      solveBatch(_, z, context) {
        met.push(context);
        z.fill(1);
      },
    }),
    { share: 1, rng: rng(0) },
  );
  const table = new Map([["a", 1]]);
  pool.map(new Float64Array(1), new Float64Array(1), table);
  expect(met.pop()).toBe(table);
  pool.map(new Float64Array(3), new Float64Array(3), Float32Array.of(7, 8, 9));
  expect(met.pop()).toStrictEqual(Float32Array.of(7, 8, 9));
});

test("a list that is the whole context divides by rows, and a circle is an error", () => {
  const pool = solutionPool<unknown>(
    solver<unknown>({
      shape: [1],
      solve(_, z, context, row) {
        z[0] = (context as { v: number }[])[row]!.v;
      },
    }),
    { share: 0, rng: rng(0) },
  );
  const out = new Float64Array(3);
  for (let call = 0; call < 2; call++) {
    pool.map(
      new Float64Array(3),
      out,
      [1, 2, 3].map((v) => ({ v })),
    );
    expect([...out]).toEqual([1, 2, 3]);
  }
  const circle: unknown[] = [];
  circle.push(circle);
  expect(() => pool.map(new Float64Array(1), new Float64Array(1), circle)).toThrow(
    new TypeError("solutionPool: context expected values that do not contain themselves"),
  );
});

test("a row that excludes all that is known is solved", () => {
  const pool = solutionPool(kSubset(3, 1), { share: 0, rng: rng(3) });
  pool.add(Float64Array.of(1, 0, 0));
  const z = new Float64Array(6);
  pool.map(Float64Array.of(-5, 1, 2, -Infinity, 3, 4), z);
  expect(Array.from(z)).toEqual([1, 0, 0, 0, 0, 1]);
  expect(pool.report()).toEqual({ solvedRows: 1, pooledRows: 1, poolStates: 2 });
});

test("beyond its capacity the state that was unused for longest goes", () => {
  const pool = solutionPool(kSubset(3, 1), { share: 0, capacity: 2, rng: rng(5) });
  pool.add(Float64Array.of(1, 0, 0, 0, 1, 0));
  const z = new Float64Array(3);
  pool.map(Float64Array.of(5, 1, 9), z);
  expect(z.join()).toBe("1,0,0");
  pool.add(Float64Array.of(0, 0, 1));
  expect(pool.solutions().join()).toBe("1,0,0,0,0,1");
  expect(pool.report().poolStates).toBe(2);
});

describe("solutionPool", () => {
  test("keeps the structure's shape, cardinality, states and report", () => {
    const pool = solutionPool(gridPath(3, 3), { rng: rng(0) });
    expect(pool.shape).toEqual([3, 3]);
    expect(Array.from(pool.states!())).toEqual(Array.from(gridPath(3, 3).states!()));
    expect(pool.report()).toHaveProperty("clampedCosts");
    expect(solutionPool(kSubset(4, 2), { rng: rng(0) }).cardinality).toBe(2);
  });

  test("bad options and structures are errors, and an empty batch is none", () => {
    const make = (options: object) => solutionPool(kSubset(3, 1), options as SolutionPoolOptions);
    expect(() => make({})).toThrow("solutionPool: rng expected an Rng");
    expect(() => make({ rng: rng(0), share: 1.5 })).toThrow(
      "solutionPool: share expected a number in [0, 1], got 1.5",
    );
    expect(() => make({ rng: rng(0), capacity: 0 })).toThrow(RangeError);
    expect(() => make({ rng: rng(0), size: 3 })).toThrow('unknown option "size"');
    expect(() => solutionPool(sortingPermutation(3) as Structure<never>, { rng: rng(0) })).toThrow(TypeError);
    const pool = make({ rng: rng(0) });
    expect(() => pool.map(new Float64Array(0), new Float64Array(0))).not.toThrow();
    expect(() => pool.map(new Float64Array(6), new Float64Array(6), { k: [1, 1, 1] })).toThrow(
      "solutionPool: context.k expected a multiple of 2 entries, as there are rows, got 3",
    );
  });
});
