import { rng } from "../../src/core/rng.ts";
import { matching } from "../../src/structures/matching.ts";
import type { BenchCase } from "../case.ts";

const r = rng(1);

/**
 * Instances of uniform values, as many as the native kernel has: some take four times as long as others, and a branch
 * predictor learns a single one by heart.
 */
function assignments(n: number, rows: number): BenchCase[] {
  const structure = matching(n);
  const theta = Float64Array.from({ length: rows * n * n }, () => -r.uniform());
  const single = Array.from({ length: rows }, (_, i) => theta.slice(i * n * n, (i + 1) * n * n));
  const out = new Float64Array(n * n);
  const outs = new Float64Array(rows * n * n);
  const common = { items: rows, native: `lap_sap_n${n}` };
  return [
    {
      ...common,
      name: `matching map n=${n}`,
      run: () => {
        for (const row of single) structure.map(row, out);
      },
    },
    { ...common, name: `matching map n=${n}, ${rows} rows`, run: () => structure.map(theta, outs) },
  ];
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
  ...assignments(20, 64),
  ...assignments(50, 16),
  ...assignments(200, 4),
  exact(8, "marginals"),
  exact(8, "marginalsJvp"),
  exact(12, "marginals"),
];
