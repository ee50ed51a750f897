/** Kernels and TypeScript give the same bits. */
import { describe, expect, test } from "vitest";
import type { FloatArray } from "../src/contracts.ts";
import { kernels, withoutKernels } from "../src/core/kernels.ts";
import { rng } from "../src/core/rng.ts";
import { gaussian, gumbel, imle, kSubset, logistic, negativeExponential, sumOfGamma } from "../src/index.ts";

/** What `body` writes with kernels and without; the sign of zero and what stands behind a NaN count. */
function expectSameBits(body: () => FloatArray | Uint32Array): void {
  const bits = (array: FloatArray | Uint32Array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const compiled = body();
  const written = withoutKernels(body);
  expect(compiled.length).toBe(written.length);
  expect(Buffer.compare(bits(compiled), bits(written))).toBe(0);
}

test("the kernels run here, and can be switched off", () => {
  expect(kernels()).toBeDefined();
  expect(withoutKernels(kernels)).toBeUndefined();
  expect(kernels()).toBeDefined();
});

const LENGTHS = [0, 1, 2, 3, 4, 5, 63, 64, 65, 255, 256, 257, 1000, 4096, 4097, 20_001];

describe("random words", () => {
  test.each(LENGTHS)("%i of a stream, and what follows them", (length) => {
    for (const before of [0, 1, 2, 3, 7]) {
      expectSameBits(() => {
        const stream = rng(3);
        for (let i = 0; i < before; i++) stream.bits();
        const words = new Uint32Array(length + 3);
        stream.fillBits(words, length);
        for (let i = 0; i < 3; i++) words[length + i] = stream.bits();
        return words;
      });
    }
  });
});

const noises = {
  sumOfGamma: sumOfGamma({ k: 10 }),
  centred: sumOfGamma({ k: 3, centered: true }),
  gumbel: gumbel(),
  gaussian: gaussian(),
  logistic: logistic(),
  negativeExponential: negativeExponential(),
};

describe.each(Object.entries(noises))("%s", (_, noise) => {
  test.each(LENGTHS)("%i draws, and what follows them", (length) => {
    for (const before of [0, 1, 2, 3]) {
      for (const FloatArray of [Float32Array, Float64Array]) {
        expectSameBits(() => {
          const stream = rng(5).row(before);
          for (let i = 0; i < before; i++) stream.bits();
          const out = new FloatArray(length + 2);
          noise.fill(out.subarray(0, length), stream);
          for (let i = 0; i < 2; i++) out[length + i] = stream.uniform();
          return out;
        });
      }
    }
  });

  test.each([
    [1, 20, 1],
    [3, 20, 1],
    [4, 1, 1],
    [5, 7, 1],
    [500, 20, 1],
    [500, 21, 3],
    [9, 256, 1],
    [9, 257, 1],
  ])("%i rows of %i, %i samples, from rows of any number", (rows, size, samples) => {
    for (const first of [0, 5, 2 ** 31 - 2, 2 ** 32 - 3, 2 ** 40 + 1]) {
      expectSameBits(() => {
        const layer = imle(kSubset(size, 1), { noise, samples, average: samples > 1, temperature: 100 });
        return layer.forward(new Float64Array(rows * size), rng(11).fromRow(first)).value;
      });
    }
  });
});
