/** The parts that every experiment stands on: k-subsets, grid paths, and whole layers. */
import { gridPath, imle, kSubset, perturbation, rng, straightThrough, sumOfGamma } from "../../src/index.ts";
import type { BenchCase } from "../case.ts";

const random = rng(7);
const normals = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal());

export const cases: BenchCase[] = [];

for (const [rows, n, k, native] of [
  [2000, 20, 10, "topk_rank_n20_k10"],
  [40, 350, 10, "topk_heap_scan_n350_k10"],
  [128, 1000, 10, "topk_heap_scan_n1000_k10"],
  [32, 1000, 50, "topk_heap_scan_n1000_k50"],
  [8, 100_000, 50, "topk_heap_scan_n100000_k50"],
] as const) {
  const structure = kSubset(n, k);
  const theta = normals(rows * n);
  const z = new Float64Array(rows * n);
  cases.push({ name: `kSubset(${n}, ${k}).map`, items: rows, native, run: () => structure.map(theta, z) });
}

for (const [rows, n, k] of [
  [64, 20, 10],
  [40, 350, 10],
  [8, 1000, 50],
] as const) {
  const family = kSubset(n, k);
  const theta = normals(rows * n);
  const v = normals(rows * n);
  const out = new Float64Array(rows * n);
  cases.push({
    name: `kSubset(${n}, ${k}).marginals`,
    items: rows,
    native: `exactk_forward+marginals_n${n}_k${k}`,
    run: () => family.marginals(theta, out),
  });
  cases.push({
    name: `kSubset(${n}, ${k}).marginalsJvp`,
    items: rows,
    native: `exactk_forward+marginals+jvp_n${n}_k${k}`,
    run: () => family.marginalsJvp(theta, v, out),
  });
  const sums = new Float64Array(rows);
  cases.push({ name: `kSubset(${n}, ${k}).entropy`, items: rows, run: () => family.entropy(theta, sums) });
  cases.push({
    name: `kSubset(${n}, ${k}).sample`,
    items: rows,
    run: () => family.sample(theta, random, out),
  });
}

for (const size of [12, 30]) {
  const structure = gridPath(size, size);
  const theta = Float64Array.from({ length: 70 * size * size }, () => -1 - 9 * random.uniform());
  const z = new Float64Array(theta.length);
  cases.push({
    name: `gridPath(${size}, ${size}).map`,
    items: 70,
    native: `grid_dijkstra_${size}x${size}`,
    run: () => structure.map(theta, z),
  });
}

{
  const rows = 2000;
  const theta = Float32Array.from(normals(rows * 20));
  const g = Float32Array.from(normals(rows * 20));
  const noise = sumOfGamma({ k: 10, iterations: 10 });
  const layer = imle(kSubset(20, 10), { noise, temperature: 1, target: perturbation({ lambda: 10 }) });
  let step = 0;
  cases.push({
    name: "imle, 2,000 rows of 20 choose 10, forward and backward",
    items: 1,
    native: "imle_layer_dvae_table_sog_per_call",
    run: () => {
      layer.forward(theta, rng(step++)).backward(g);
    },
  });
  const straight = straightThrough(kSubset(20, 10), { noise });
  cases.push({
    name: "straightThrough, 2,000 rows of 20 choose 10",
    items: 1,
    run: () => {
      straight.forward(theta, rng(step++)).backward(g);
    },
  });
}
