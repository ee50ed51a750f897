import { rng } from "../../src/core/rng.ts";
import type { BenchCase } from "../case.ts";

const words = new Uint32Array(40_000);
const stream = rng(1);

export const cases: BenchCase[] = [
  {
    name: "rng.fillBits 40,000",
    items: 40_000,
    native: "uniform_per_element",
    run: () => stream.fillBits(words),
  },
];
