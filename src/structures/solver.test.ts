import { describe, expect, test } from "vitest";
import { structureConformance } from "../../test/conformance.ts";
import { kSubset } from "./k-subset.ts";
import { solver } from "./solver.ts";

const inner = kSubset(4, 2);
const states = () => inner.states!();
structureConformance("solver by rows", () =>
  solver({ shape: [4], cardinality: 2, states, solve: (theta, z) => inner.map(theta, z) }),
);
structureConformance("solver by batches", () =>
  solver({ shape: [2, 2], states, solveBatch: (theta, z) => inner.map(theta, z) }),
);

describe("solver", () => {
  test("may call itself", () => {
    const reversed = solver({
      shape: [2],
      solve(theta, z) {
        if (theta[0]! < 0) {
          const other = new Float64Array(2);
          reversed.map(Float64Array.of(1, 1), other);
        }
        z[theta[0]! > theta[1]! ? 0 : 1] = 1;
      },
    });
    const out = new Float64Array(2);
    reversed.map(Float64Array.of(-1, -2), out);
    expect(Array.from(out)).toEqual([1, 0]);
  });

  test("passes the context and the row on", () => {
    const seen: unknown[] = [];
    const own = solver<string>({
      shape: [1],
      solve: (_theta, _z, context, row) => {
        seen.push([context, row]);
      },
    });
    own.map(new Float64Array(2), new Float64Array(2), "data");
    expect(seen).toEqual([
      ["data", 0],
      ["data", 1],
    ]);
  });

  test("what is no number, or not one way to solve, is an error that writes nothing", () => {
    const broken = solver({
      name: "mine",
      shape: [2],
      solve: (theta, z) => {
        z[1] = theta[1]! > 0 ? Number.NaN : 1;
      },
    });
    const out = new Float64Array(4).fill(7);
    expect(() => broken.map(Float64Array.of(0, 0, 0, 1), out)).toThrow(
      "mine: the solver's state expected finite numbers, got NaN in row 1 at 1",
    );
    expect(out.every((x) => x === 7)).toBe(true);
    const late = solver({ shape: [2], solve: async (_theta, z) => void z.fill(1) });
    expect(() => late.map(new Float64Array(4), out)).toThrow(
      "solver: the solver expected to write its state before it returns, got a promise",
    );
    expect(out.every((x) => x === 7)).toBe(true);
    expect(() => solver({ shape: [2] })).toThrow(TypeError);
    expect(() => solver({ shape: [2], solve: () => {}, solveBatch: () => {} })).toThrow(TypeError);
    expect(() => solver({ shape: [-1], solve: () => {} })).toThrow(RangeError);
  });
});
