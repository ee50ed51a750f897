import { rng } from "../../src/core/rng.ts";
import { gaussian } from "../../src/noise/gaussian.ts";
import { gumbel } from "../../src/noise/gumbel.ts";
import { sumOfGamma } from "../../src/noise/sum-of-gamma.ts";
import type { BenchCase } from "../case.ts";

const items = 40_000;
const words = new Uint32Array(items);
const single = new Float32Array(items);
const double = new Float64Array(items);
const row = new Float64Array(20);
const parent = rng(1);
const stream = rng(2);
const table = sumOfGamma({ k: 10 });
const gamma = sumOfGamma({ k: 10, method: "gamma" });

export const cases: BenchCase[] = [
  { name: "rng.fillBits", items, native: "uniform_per_element", run: () => stream.fillBits(words) },
  {
    name: "rng.uniform, one by one",
    items,
    native: "uniform_per_element",
    run() {
      for (let i = 0; i < items; i++) double[i] = stream.uniform();
    },
    peer: {
      name: "Math.random",
      run() {
        for (let i = 0; i < items; i++) double[i] = Math.random();
      },
    },
  },
  {
    name: "rng.gumbel, one by one",
    items,
    native: "gumbel_logf_per_element",
    run() {
      for (let i = 0; i < items; i++) double[i] = stream.gumbel();
    },
  },
  {
    name: "sumOfGamma table, k=10, float64",
    items,
    native: "sog_table_per_element",
    run: () => table.fill(double, stream),
  },
  {
    name: "sumOfGamma table, k=10, float32",
    items,
    native: "sog_table_per_element",
    run: () => table.fill(single, stream),
  },
  {
    name: "sumOfGamma table, k=10, rows of 20 with a stream each",
    items,
    native: "sog_table_per_element",
    run() {
      for (let i = 0; i < items / 20; i++) table.fill(row, stream.restart(parent, i));
    },
  },
  {
    name: "sumOfGamma gamma draws, k=10",
    items: 4000,
    native: "sog_naive_k10_s10_per_element",
    run: () => gamma.fill(double.subarray(0, 4000), stream),
  },
  {
    name: "gumbel",
    items,
    native: "gumbel_fastlog_per_element",
    run: () => gumbel().fill(double, stream),
  },
  { name: "gaussian", items, run: () => gaussian().fill(double, stream) },
];
