import { describe, expect, test } from "vitest";
import { floatsLike } from "../core/floats-like.ts";
import { fromSlabs, meanOverSamples, toSlab } from "./samples.ts";

// Two rows of two numbers, three samples: digit by digit sample, row, entry.
const slabs = Float64Array.of(111, 112, 121, 122, 211, 212, 221, 222, 311, 312, 321, 322);
const rowsOfSamples = [111, 112, 211, 212, 311, 312, 121, 122, 221, 222, 321, 322];

describe("samples", () => {
  test("floatsLike makes zeros of the same kind", () => {
    expect(floatsLike(Float32Array.of(1), 2)).toEqual(new Float32Array(2));
    expect(floatsLike(Float64Array.of(1), 0)).toEqual(new Float64Array(0));
  });

  test("slabs become rows of samples, and each sample comes back", () => {
    const out = new Float32Array(12);
    fromSlabs(slabs, 2, 3, 2, false, out);
    expect(Array.from(out)).toEqual(rowsOfSamples);
    for (let s = 0; s < 3; s++) {
      const slab = new Float64Array(4);
      toSlab(out, 2, 3, 2, false, s, slab);
      expect(slab).toEqual(slabs.slice(4 * s, 4 * s + 4));
    }
  });

  test("slabs are averaged over samples, and an average serves every sample", () => {
    const mean = new Float64Array(4);
    fromSlabs(slabs, 2, 3, 2, true, mean);
    expect(Array.from(mean)).toEqual([211, 212, 221, 222]);
    for (let s = 0; s < 3; s++) {
      const slab = new Float64Array(4);
      toSlab(mean, 2, 3, 2, true, s, slab);
      expect(slab).toEqual(mean);
    }
  });

  test("one sample is a copy", () => {
    for (const average of [false, true]) {
      const out = new Float64Array(4);
      fromSlabs(slabs.slice(0, 4), 2, 1, 2, average, out);
      expect(out).toEqual(slabs.slice(0, 4));
    }
  });

  test("the mean over samples is that of each row; an average is its own", () => {
    const out = new Float64Array(4);
    meanOverSamples(Float64Array.from(rowsOfSamples), 2, 3, 2, false, out);
    expect(Array.from(out)).toEqual([211, 212, 221, 222]);
    meanOverSamples(Float64Array.of(1, 2, 3, 4), 2, 3, 2, true, out);
    expect(Array.from(out)).toEqual([1, 2, 3, 4]);
  });
});
