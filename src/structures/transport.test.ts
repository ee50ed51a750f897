import { describe, expect, test } from "vitest";
import { structureConformance } from "../../test/conformance.ts";
import { rng } from "../core/rng.ts";
import { matching } from "./matching.ts";
import { minimizing } from "./minimizing.ts";
import { type TransportContext, transport } from "./transport.ts";

describe("transport", () => {
  structureConformance("transport([3, 2], [1, 2, 2])", () => transport([3, 2], [1, 2, 2]));
  structureConformance("transport([5], [2, 3])", () => transport([5], [2, 3]));
  structureConformance("transport of ones", () => transport([1, 1, 1], [1, 1, 1]));
  structureConformance("transport with halves", () => transport([0.5, 1.5, 1], [2, 0.25, 0.75]));
  structureConformance<TransportContext>(
    "transport with other sums and a forbidden pair",
    () => transport([3, 2], [1, 2, 2]),
    { context: { rowSums: [2, 4], columnSums: [3, 1, 2], mask: [1, 1, 0, 1, 1, 1] } },
  );

  test("with sums of 1 it is the matching", () => {
    const r = rng(1);
    for (const n of [1, 2, 5, 12]) {
      const theta = Float64Array.from({ length: 3 * n * n }, () => r.normal());
      const [plan, pairs] = [theta.slice(), theta.slice()];
      transport(new Array(n).fill(1), new Array(n).fill(1)).map(theta, plan);
      matching(n).map(theta, pairs);
      expect(plan).toEqual(pairs);
    }
  });

  test("plans have the sums they should have, and are forests: hundreds of random ones, ties included", () => {
    const r = rng(2);
    for (let repeat = 0; repeat < 300; repeat++) {
      const rows = 1 + Math.floor(8 * r.uniform());
      const columns = 1 + Math.floor(8 * r.uniform());
      const parts = Int32Array.from({ length: rows * columns }, () => Math.floor(4 * r.uniform()) + 1);
      const rowSums = Array.from({ length: rows }, (_, i) =>
        parts.subarray(i * columns, (i + 1) * columns).reduce((a, b) => a + b),
      );
      const columnSums = Array.from({ length: columns }, (_, j) =>
        rowSums.reduce((sum, _, i) => sum + parts[i * columns + j]!, 0),
      );
      const theta = Float64Array.from(parts, () =>
        repeat % 2 === 0 ? r.normal() : Math.floor(3 * r.uniform()),
      );
      const z = new Float64Array(theta.length);
      transport(rowSums, columnSums).map(theta, z);
      rowSums.forEach((sum, i) => {
        expect(z.subarray(i * columns, (i + 1) * columns).reduce((a, b) => a + b)).toBe(sum);
      });
      columnSums.forEach((sum, j) => {
        expect(rowSums.reduce((total, _, i) => total + z[i * columns + j]!, 0)).toBe(sum);
      });
      expect(z.filter((x) => x > 0).length).toBeLessThan(rows + columns);
    }
  });

  test("sums that rounding has parted are brought together", () => {
    const z = new Float64Array(9);
    const tenths = [0.1, 0.2, 0.3];
    transport(
      tenths,
      [0.3, 0.3, 0].map((x, j) => (j === 2 ? 1e-12 : x)),
    ).map(new Float64Array(9), z);
    expect(z.reduce((a, b) => a + b)).toBeCloseTo(0.6, 14);
  });

  test("sums that do not fit, and rows without a plan, are errors that say where", () => {
    expect(() => transport([1, 2], [1, 1])).toThrow(
      "transport: columnSums expected the rows' total, 3, got 2",
    );
    expect(() => transport([1, 0], [1])).toThrow(
      "transport: rowSums expected numbers in [1e-100, 1e100], got 0 at 1",
    );
    expect(() => transport([], [1])).toThrow(TypeError);
    expect(() => transport(3 as never, [1])).toThrow(TypeError);
    const plans = transport([1, 2], [2, 1]);
    const z = new Float64Array(8).fill(7);
    const theta = Float64Array.of(0, 0, 0, 0, -Infinity, -Infinity, 0, 0);
    expect(() => plans.map(theta, z)).toThrow("transport: row 1 has no plan without a forbidden pair");
    expect(() => plans.map(new Float64Array(8), z, { rowSums: [1, 2, 1, 3] })).toThrow(/columnSums of row 1/);
    expect(() => plans.map(new Float64Array(8), z, { rowSums: [1, 2] })).toThrow(
      /context.rowSums expected 4/,
    );
    expect(z.every((x) => x === 7)).toBe(true);
  });

  test("costs go through minimizing", () => {
    const z = new Float64Array(6);
    minimizing(transport([3, 2], [1, 2, 2])).map(Float64Array.of(1, 2, 9, 9, 4, 1), z);
    expect(z).toEqual(Float64Array.of(1, 2, 0, 0, 0, 2));
  });
});
