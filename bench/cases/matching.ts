import { rng } from "../../src/core/rng.ts";
import { matching } from "../../src/structures/matching.ts";
import type { BenchCase } from "../case.ts";

const r = rng(1);

/** One instance of uniform values, as the native kernel has: its `run` solves the same one again and again. */
function assignment(n: number): BenchCase {
  const structure = matching(n);
  const theta = Float64Array.from({ length: n * n }, () => -r.uniform());
  const out = new Float64Array(n * n);
  return {
    name: `matching map n=${n}`,
    items: 1,
    native: `lap_sap_n${n}`,
    run: () => structure.map(theta, out),
  };
}

/** Many instances, so that no branch predictor learns them by heart. */
function assignments(n: number, rows: number): BenchCase {
  const structure = matching(n);
  const theta = Float64Array.from({ length: rows * n * n }, () => -r.uniform());
  const out = new Float64Array(rows * n * n);
  return { name: `matching map n=${n}, ${rows} rows`, items: rows, run: () => structure.map(theta, out) };
}

function exact(n: number, method: "marginals" | "marginalsJvp"): BenchCase {
  const structure = matching(n);
  const theta = Float64Array.from({ length: n * n }, () => r.normal());
  const out = new Float64Array(n * n);
  return {
    name: `matching ${method} n=${n}`,
    items: 1,
    run: () =>
      method === "marginals" ? structure.marginals(theta, out) : structure.marginalsJvp(theta, theta, out),
  };
}

export const cases: BenchCase[] = [
  ...[20, 50, 200].map(assignment),
  assignments(20, 64),
  assignments(50, 16),
  exact(8, "marginals"),
  exact(8, "marginalsJvp"),
  exact(12, "marginals"),
];
