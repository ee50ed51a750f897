import { describe, expect, test } from "vitest";
import type { ExponentialFamily, FloatArray, Structure } from "../contracts.ts";
import { gridPath } from "../structures/grid-path.ts";
import { kSubset } from "../structures/k-subset.ts";
import { matching } from "../structures/matching.ts";
import { product } from "../structures/product.ts";
import { type SolverOptions, solver } from "../structures/solver.ts";
import { checkStructure } from "./check-structure.ts";

const subset = kSubset(5, 2);

/** A k-subset with something of it replaced. */
function broken(changes: Partial<ExponentialFamily>): ExponentialFamily {
  return { ...(subset as ExponentialFamily), ...changes };
}

test.each<[string, Structure<never>, object]>([
  ["kSubset", subset, {}],
  ["with contexts", subset, { context: { k: [3] } }],
  ["with parts", product([kSubset(4, 2), matching(3)]), {}],
  ["too many states to enumerate", kSubset(40, 12), {}],
  ["MAP alone, of costs", gridPath(3, 3), { theta: (x: Float64Array) => x.map((v) => -Math.abs(v)) }],
])("finds nothing wrong: %s", (_, structure, options) => {
  expect(checkStructure(structure as Structure, options)).toBeUndefined();
});

describe("says what is wrong", () => {
  const map = (change: (z: FloatArray, theta: FloatArray) => void): Partial<ExponentialFamily> => ({
    map(theta, z, context) {
      subset.map(theta, z, context as never);
      change(z, theta);
    },
  });
  let calls = 0;
  test.each<[string, Partial<ExponentialFamily>]>([
    ["out comes filled with NaN", { map: () => {} }],
    ["none of its states()", map((z) => z.fill(1))],
    ["of score", map((z, theta) => subset.map(theta.map((x) => -x) as FloatArray, z))],
    ["map changed theta", map((_z, theta) => theta.fill(0))],
    ["another state for the same theta", map((z) => calls++ % 2 && z.set([1, 1, 0, 0, 0]))],
    ["its cardinality is 3", { cardinality: 3 }],
    [
      "row 1 of a batch of 4",
      {
        map(theta, z) {
          z.fill(0);
          subset.map(theta.subarray(0, 5) as Float64Array, z.subarray(0, 5) as Float64Array);
        },
      },
    ],
    [
      "yields a state twice",
      {
        *states() {
          for (const _ of subset.states()) yield Float64Array.of(1, 1, 0, 0, 0);
        },
      },
    ],
    ["marginals is", { marginals: (_theta, out) => void out.fill(0.4) }],
    ["marginalsJvp is", { marginalsJvp: (_theta, _v, out) => void out.fill(0.1) }],
    ["logPartition is", { logPartition: (_theta, out) => void out.fill(1) }],
    ["entropy is", { entropy: (_theta, out) => void out.fill(1) }],
    ["logProbability is", { logProbability: (_theta, _z, out) => void out.fill(-1) }],
    ["samples have the mean", { sample: (_theta, _rng, out) => void out.set([1, 1, 0, 0, 0]) }],
  ])("%s", (message, changes) => {
    calls = 0;
    expect(() => checkStructure(broken(changes))).toThrow(message);
  });

  test("a solver that is not the best of its own answers, without states()", () => {
    const largest = (sign: number) =>
      solver({
        shape: [4],
        solve(theta, z) {
          z.fill(0);
          z[theta.indexOf(Math.max(...Array.from(theta, (x) => sign * x)) * sign)] = 1;
        },
      });
    expect(checkStructure(largest(1))).toBeUndefined();
    expect(() => checkStructure(largest(-1))).toThrow("of score");
  });

  test("the slope of logPartition, where states are too many", () => {
    const large = kSubset(40, 12) as ExponentialFamily;
    const wrong = { ...large, logPartition: (_theta: FloatArray, out: FloatArray) => void out.fill(1) };
    expect(() => checkStructure(wrong)).toThrow("the slope of logPartition");
  });
});

test("a context may hold what is no array, or divide in its own way", () => {
  const table = { best: 2 };
  const chosen = (contextRows?: SolverOptions<unknown>["contextRows"]) =>
    solver<unknown>({
      shape: [3],
      ...(contextRows && { contextRows }),
      solve(_, z, context) {
        z[(context as { of: typeof table }).of.best] = 1;
      },
    });
  expect(checkStructure(chosen(), { context: { of: table, scale: new Float32Array(1) } })).toBeUndefined();
  expect(
    checkStructure(
      chosen(() => table),
      { context: { of: table } },
    ),
  ).toBeUndefined();
});

test.each([
  [3, "states is no method, but Number"],
  [() => undefined, "states() returned undefined, no list"],
  [() => [[1, 0]], "states() yields Array, expected a Float64Array"],
  [() => [new Float64Array(3)], "states() yields 3 numbers, expected"],
])("states that are none: %s", (states, message) => {
  expect(() => checkStructure({ ...subset, states } as Structure)).toThrow(
    `checkStructure: kSubset: ${message}`,
  );
});

test("bad options are errors", () => {
  expect(() => checkStructure(undefined as never)).toThrow(TypeError);
  expect(() => checkStructure(subset as Structure, { rgn: 1 } as never)).toThrow("rgn");
});
