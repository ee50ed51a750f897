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
  });

  const map = (options: Parameters<typeof solver>[0], rows = 2): (() => void) => {
    const structure = solver({ name: "mine", ...options });
    return () => structure.map(new Float64Array(4 * rows), new Float64Array(4 * rows));
  };

  test("a state that is returned instead of written is an error", () => {
    const written =
      "mine: the solver expected to write its state into its second argument and to return nothing";
    expect(map({ shape: [4], solve: () => Float64Array.of(1, 0, 0, 0) })).toThrow(
      `${written}, got Float64Array`,
    );
    expect(map({ shape: [4], solve: () => [1, 0, 0, 0] })).toThrow(`${written}, got Array`);
    expect(map({ shape: [4], solveBatch: (theta) => theta.map(() => 1) })).toThrow(
      `${written}, got Float64Array`,
    );
    // Expressions that write have values, too.
    expect(map({ shape: [4], solve: (_theta, z) => z.fill(1) })).not.toThrow();
    expect(map({ shape: [4], solve: (_theta, z) => +(z[0] === 0) })).not.toThrow();
  });

  test("a batch of which a row is left out is an error", () => {
    expect(map({ shape: [4], solveBatch: (_theta, z) => void z.fill(1, 0, 4) })).toThrow(
      "mine: the solver's state expected finite numbers, got NaN in row 1 at 0 (NaN is what z comes filled with)",
    );
  });

  test("a state that contradicts the cardinality is an error", () => {
    expect(map({ shape: [4], cardinality: 2, solve: (_theta, z) => void z.fill(1, 0, 3) })).toThrow(
      new RangeError("mine: the solver's state expected as many ones as its cardinality, 2, got 3 in row 0"),
    );
    expect(() => solver({ shape: [4], cardinality: 5, solve: () => {} })).toThrow(RangeError);
  });

  test("what the solver throws comes with the row, of its kind, and as the cause", () => {
    for (const Kind of [Error, RangeError, TypeError]) {
      const cause = new Kind("no state");
      const at1 = map({
        shape: [4],
        solve(_theta, _z, _context, row) {
          if (row === 1) throw cause;
        },
      });
      expect(at1).toThrow(new Kind("mine: row 1: no state", { cause }));
    }
  });

  test("a shape that is none is named, and so is whatever is no function", () => {
    expect(() => solver({ shape: 3, solve: () => {} } as never)).toThrow(
      new TypeError("solver: shape expected an array of integers ≥ 0, such as [20], got Number"),
    );
    expect(() => solver(undefined as never)).toThrow(TypeError);
    expect(() => solver((() => {}) as never)).toThrow(TypeError);
    expect(() => solver({ shape: [2], solve: 3 } as never)).toThrow(
      "solver: solve expected a function, got Number",
    );
    expect(() => solver({ shape: [2], solve: () => {}, states: [] } as never)).toThrow(
      "states expected a function",
    );
    expect(() => solver({ shape: [2] })).toThrow(TypeError);
    expect(() => solver({ shape: [2], solve: () => {}, solveBatch: () => {} })).toThrow(TypeError);
    expect(() => solver({ shape: [-1], solve: () => {} })).toThrow(RangeError);
  });
});
