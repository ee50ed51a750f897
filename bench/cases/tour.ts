import { rng } from "../../src/core/rng.ts";
import { tour } from "../../src/structures/tour.ts";
import type { BenchCase } from "../case.ts";

const r = rng(1);

function bench(n: number, method: "map" | "marginals" | "marginalsJvp"): BenchCase {
  const structure = tour(n);
  const theta = Float64Array.from({ length: (n * (n - 1)) / 2 }, () => r.normal());
  const out = theta.slice();
  return {
    name: `tour ${method} n=${n}`,
    items: 1,
    run: () =>
      method === "marginalsJvp" ? structure.marginalsJvp(theta, theta, out) : structure[method](theta, out),
  };
}

export const cases: BenchCase[] = [
  bench(8, "map"),
  bench(12, "map"),
  bench(8, "marginals"),
  bench(8, "marginalsJvp"),
  bench(12, "marginals"),
];
