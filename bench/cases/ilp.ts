import { rng } from "../../src/core/rng.ts";
import { largeTour } from "../../src/solvers/ilp/large-tour.ts";
import { type IlpModel, ilp, loadHighs } from "../../src/solvers/ilp.ts";
import type { BenchCase } from "../case.ts";

const highs = await loadHighs();
const r = rng(1);
const rows = 8;

/** The peer prepares HiGHS's own integer model once, and changes costs, runs and reads the solution for each row. */
function against(name: string, model: IlpModel & { readonly variables: number }): BenchCase {
  const { variables: size, constraints } = model;
  const structure = ilp(highs, model);
  const theta = Float64Array.from({ length: rows * size }, () => r.normal());
  const out = theta.slice();
  const dense = constraints.map(({ terms }) => terms as readonly number[]);
  const direct = highs.createModel({
    numCols: size,
    numRows: dense.length,
    sense: highs.constants.objectiveSense.maximize,
    colCost: new Float64Array(size),
    colLower: new Float64Array(size),
    colUpper: new Float64Array(size).fill(1),
    rowLower: constraints.map((c) => c.equals ?? c.atLeast ?? -Infinity),
    rowUpper: constraints.map((c) => c.equals ?? c.atMost ?? Infinity),
    matrix: {
      format: "csr",
      numRows: dense.length,
      numCols: size,
      starts: Int32Array.from({ length: dense.length + 1 }, (_, c) => c * size),
      indices: Int32Array.from({ length: dense.length * size }, (_, k) => k % size),
      values: Float64Array.from(dense.flat()),
    },
    integrality: new Int32Array(size).fill(1),
  });
  direct.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0 });
  const solution = theta.slice();
  return {
    name: `ilp map ${name}`,
    items: rows,
    run: () => structure.map(theta, out),
    peer: {
      name: "HiGHS",
      run() {
        for (let row = 0; row < rows; row++) {
          const costs = theta.slice(row * size, (row + 1) * size);
          direct.changeColsCost({ kind: "range", from: 0, to: size - 1 }, costs);
          direct.run();
          solution.set(direct.getSolution().colValue, row * size);
        }
      },
    },
  };
}

const draw = (size: number): number[] => Array.from({ length: size }, () => 1 + Math.floor(30 * r.uniform()));
const half = (terms: number[]) => ({ terms, atMost: Math.floor(terms.reduce((a, b) => a + b) / 2) });
const line = (size: number, on: (i: number) => boolean) => ({
  terms: Array.from({ length: size }, (_, i) => (on(i) ? 1 : 0)),
  equals: 1,
});

const tour = largeTour(highs, 30);
const distances = Float64Array.from({ length: 435 }, () => -r.uniform());
const tourOut = distances.slice();

export const cases: BenchCase[] = [
  against("20 choose 10", { variables: 20, constraints: [{ ...line(20, () => true), equals: 10 }] }),
  against("assignment 10 × 10", {
    variables: 100,
    constraints: [
      ...Array.from({ length: 10 }, (_, a) => line(100, (i) => Math.floor(i / 10) === a)),
      ...Array.from({ length: 10 }, (_, a) => line(100, (i) => i % 10 === a)),
    ],
  }),
  against("knapsack of 25", { variables: 25, constraints: [half(draw(25))] }),
  against("3 knapsacks of 15", {
    variables: 15,
    constraints: [half(draw(15)), half(draw(15)), half(draw(15))],
  }),
  { name: "largeTour map n=30", items: 1, run: () => tour.map(distances, tourOut) },
];
