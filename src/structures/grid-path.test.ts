import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { structureConformance } from "../../test/conformance.ts";
import { golden } from "../../test/golden.ts";
import { dot } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { gridPath } from "./grid-path.ts";
import { minimizing } from "./minimizing.ts";

const costs = (normals: Float64Array): Float64Array => normals.map((x) => -Math.abs(x));

structureConformance("gridPath(1, 1)", () => gridPath(1, 1), { theta: costs });
structureConformance("gridPath(1, 4)", () => gridPath(1, 4), { theta: costs });
structureConformance("gridPath(3, 3)", () => gridPath(3, 3), { theta: costs });
structureConformance("gridPath(3, 4, 4 neighbours)", () => gridPath(3, 4, { neighbours: 4 }), {
  theta: costs,
});

structureConformance("gridPath(3, 3) with a masked cell", () => gridPath(3, 3), {
  theta: costs,
  context: { mask: [1, 1, 1, 1, 0, 1, 1, 1, 1] },
});

interface Inputs {
  rows: number;
  cols: number;
  neighbours: 4 | 8;
  costs1024: number[];
}

describe("gridPath", () => {
  for (const { case: name, inputs, outputs } of golden<Inputs, { cells: number[]; cost: number }>(
    "grid_path",
  )) {
    test(`golden ${name}`, () => {
      const costs = inputs.costs1024.map((c) => c / 1024);
      for (const cost of [Float64Array.from(costs), Float32Array.from(costs)]) {
        const z = cost.slice();
        minimizing(gridPath(inputs.rows, inputs.cols, { neighbours: inputs.neighbours })).map(cost, z);
        expect(Array.from(z.keys()).filter((i) => z[i] === 1)).toEqual(outputs.cells);
        expect(dot(z, cost)).toBe(outputs.cost);
      }
    });
  }

  test("finds the least cost of all simple paths", () => {
    const size = fc.record({ rows: fc.integer({ min: 1, max: 3 }), cols: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(
        size,
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 12, maxLength: 12 }),
        ({ rows, cols }, values) => {
          const structure = gridPath(rows, cols);
          const theta = Float64Array.from(values.slice(0, rows * cols), (c) => -c);
          const z = new Float64Array(rows * cols);
          structure.map(theta, z);
          const best = Math.max(...Array.from(structure.states!(), (state) => dot(state, theta)));
          expect(dot(z, theta)).toBe(best);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  test("larger grids with blocked cells: as cheap as rounds of relaxation until nothing changes", () => {
    const r = rng(4);
    const [rows, cols] = [9, 14];
    const grid = gridPath(rows, cols);
    for (let repeat = 0; repeat < 30; repeat++) {
      const theta = Float64Array.from({ length: rows * cols }, (_, at) => {
        if (at % 125 > 0 && r.uniform() < 0.3) return -Infinity;
        return -Math.floor(repeat * r.uniform());
      });
      const best = theta.map((x, at) => (at === 0 ? x : -Infinity));
      for (let changed = true; changed; ) {
        changed = false;
        for (let at = 0; at < best.length; at++) {
          for (let from = 0; from < best.length; from++) {
            const step = Math.max(
              Math.abs((at % cols) - (from % cols)),
              Math.abs(Math.floor(at / cols) - Math.floor(from / cols)),
            );
            if (step !== 1 || best[from]! + theta[at]! <= best[at]!) continue;
            best[at] = best[from]! + theta[at]!;
            changed = true;
          }
        }
      }
      const z = new Float64Array(theta.length);
      if (best.at(-1) === -Infinity) expect(() => grid.map(theta, z)).toThrow("row 0 has no path");
      else {
        grid.map(theta, z);
        expect(theta.reduce((sum, x, at) => (z[at] === 1 ? sum + x : sum), 0) === best.at(-1)).toBe(true);
      }
    }
  });

  test("negative costs count as 0 and are counted", () => {
    const grid = gridPath(2, 2);
    const z = new Float64Array(4);
    grid.map(Float64Array.of(-1, 5, -1, -1), z);
    expect(Array.from(z)).toEqual([1, 0, 0, 1]);
    expect(grid.report!()).toEqual({ clampedCosts: 1, solvedRows: 1 });
    expect(() => gridPath(2, 2, { negativeCosts: "error" }).map(Float64Array.of(-1, 5, -1, -1), z)).toThrow(
      "gridPath: theta expected numbers <= 0 (costs >= 0), got 5 in row 0 at 1",
    );
  });

  test("blocked cells are avoided, and a row that they cut apart is an error that writes nothing", () => {
    const grid = gridPath(2, 2, { neighbours: 4 });
    const out = new Float64Array(8).fill(7);
    const open = [-1, -Infinity, -1, -1];
    expect(() => grid.map(Float64Array.of(...open, -1, -Infinity, -Infinity, -1), out)).toThrow(
      /row 1 has no path/,
    );
    expect(out.every((x) => x === 7)).toBe(true);
    grid.map(Float64Array.from(open), out.subarray(0, 4));
    expect(Array.from(out.subarray(0, 4))).toEqual([1, 0, 1, 1]);
    for (const corner of [0, 3]) {
      const theta = new Float64Array(4).fill(-1);
      const mask = [1, 1, 1, 1];
      mask[corner] = 0;
      expect(() => grid.map(theta, out.subarray(4), { mask })).toThrow(/row 0 has no path/);
      expect(Array.from(grid.states!({ mask }))).toEqual([]);
      theta[corner] = -Infinity;
      expect(() => grid.map(theta, out.subarray(4))).toThrow(/row 0 has no path/);
    }
    expect(() => grid.map(new Float64Array(8), out, { mask: [1, 1, 1, 1] })).toThrow(
      "gridPath: context.mask expected 8 entries, got 4",
    );
    expect(() => grid.map(new Float64Array(8), out, { blocked: [1] } as object)).toThrow(TypeError);
    expect(Array.from(out.subarray(4))).toEqual([7, 7, 7, 7]);
  });

  test("bad settings are errors", () => {
    expect(() => gridPath(0, 3)).toThrow(RangeError);
    expect(() => gridPath(3, 3, { neighbours: 6 as 8 })).toThrow(
      "gridPath: neighbours expected one of 4, 8, got 6",
    );
    expect(() => gridPath(3, 3, { neigbours: 8 } as object)).toThrow(TypeError);
  });
});
