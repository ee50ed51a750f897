import * as fc from "fast-check";
import { expect, test } from "vitest";
import { golden } from "../../test/golden.ts";
import { chiSquare, chiSquareLimit, FALSE_ALARM_Z } from "../../test/statistics.ts";
import type { Rng } from "../contracts.ts";
import { rng } from "./rng.ts";

test("the same seed gives the same bits, which never change between versions", () => {
  const stream = rng(5);
  expect([stream.bits(), stream.bits(), stream.bits()]).toEqual([3564318939, 1753688521, 2720242358]);
  expect([rng(5).row(3).bits(), rng(5).split(2).row(7).bits()]).toEqual([1374685457, 514354219]);
});

test("seeds beyond 32 bits differ from their lower word", () => {
  expect(rng(2 ** 32).bits()).not.toBe(rng(0).bits());
  expect(rng(Number.MAX_SAFE_INTEGER).bits()).not.toBe(rng(2 ** 32 - 1).bits());
});

test("a seed that is no number is a TypeError, one out of range a RangeError", () => {
  expect(() => rng("1" as unknown as number)).toThrow(TypeError);
  for (const seed of [-1, 0.5, 2 ** 53, Number.NaN, Infinity]) {
    expect(() => rng(seed)).toThrow(`rng: seed expected an integer in [0, 2^53), got ${seed}`);
  }
});

test("fillBits gives the words of bits, whatever the chunks", () => {
  const want = Array.from({ length: 2000 }, one(rng(1)));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 12 }), (chunks) => {
      const stream = rng(1);
      const words = new Uint32Array(600);
      let at = 0;
      for (const [i, length] of chunks.entries()) {
        if (at + length > want.length) break;
        if (i % 3 === 2) {
          for (let j = 0; j < length; j++) expect(stream.bits()).toBe(want[at++]);
        } else {
          stream.fillBits(words, length);
          expect([...words.slice(0, length)]).toEqual(want.slice(at, at + length));
          at += length;
        }
      }
    }),
    { numRuns: 50, seed: 1 },
  );
});

test("children depend on key and index alone, not on what was drawn", () => {
  const fresh = rng(3);
  const used = rng(3);
  for (let i = 0; i < 33; i++) used.normal();
  expect(used.split(4).bits()).toBe(fresh.split(4).bits());
  expect(used.row(4).bits()).toBe(fresh.row(4).bits());
});

test("children, their siblings, rows and the parent have different streams", () => {
  const parent = rng(3);
  const words = new Set<number>([parent.bits()]);
  for (let i = 0; i < 100; i++) {
    words.add(parent.split(i).bits()).add(parent.row(i).bits());
    words.add(parent.split(i).split(0).bits()).add(rng(i + 100).bits());
  }
  expect(words.size).toBe(401);
});

test("neighbouring streams are uncorrelated", () => {
  const parent = rng(11);
  const n = 20_000;
  let product = 0;
  for (let i = 0; i < n; i++) {
    product += (parent.row(i).uniform() - 0.5) * (parent.row(i + 1).uniform() - 0.5) * 12;
  }
  // Var of a product of two standardised uniforms is 1.
  expect(Math.abs(product / n)).toBeLessThan(FALSE_ALARM_Z / Math.sqrt(n));
});

test("restart becomes the row's stream, whatever was left over", () => {
  const parent = rng(7);
  const stream = parent.split(0);
  for (let i = 0; i < 20; i++) {
    stream.normal();
    stream.bits();
    expect(draws(stream.restart(parent, i))).toEqual(draws(parent.row(i)));
  }
});

test("fromRow sees the rows of a part of the batch, also in parts of parts and from rows far away", () => {
  const parent = rng(7);
  expect(draws(parent.fromRow(5).row(2))).toEqual(draws(parent.row(7)));
  expect(draws(parent.fromRow(5).fromRow(6).row(2))).toEqual(draws(parent.row(13)));
  expect(draws(parent.split(0).restart(parent.fromRow(5), 2))).toEqual(draws(parent.row(7)));
  expect(draws(parent.fromRow(5).split(3).row(2))).toEqual(draws(parent.split(3).row(7)));
  expect(parent.row(2 ** 31).bits()).not.toBe(parent.row(0).bits());
});

test("rows beyond 32 bits have their own streams", () => {
  const parent = rng(7);
  const far = 2 ** 32;
  const words = new Set([0, far, 2 * far, 2 ** 51, far + 1, 1].map((row) => parent.row(row).bits()));
  expect(words.size).toBe(6);
  expect(draws(parent.fromRow(far - 1).row(3))).toEqual(draws(parent.row(far + 2)));
});

test("children and rows have whole numbers, and a generator is needed to become a row of", () => {
  for (const bad of [-1, 0.5, Number.NaN, Infinity]) {
    expect(() => rng(0).split(bad)).toThrow(`rng.split: index expected an integer ≥ 0, got ${bad}`);
    expect(() => rng(0).row(bad)).toThrow(RangeError);
    expect(() => rng(0).fromRow(bad)).toThrow(RangeError);
  }
  for (const bad of [undefined, null, 3, rng, { restart: () => 1 }]) {
    expect(() => rng(0).restart(bad as unknown as Rng, 0)).toThrow("expected an Rng, as rng(seed) makes");
  }
});

test("uniform stays inside the open interval for the extreme words", () => {
  const value = (high: number, low: number): number =>
    ((high >>> 6) * 2 ** 26 + (low >>> 6) + 0.5) * 2 ** -52;
  expect(value(0, 0)).toBeGreaterThan(0);
  expect(value(0xffffffff, 0xffffffff)).toBeLessThan(1);
  const stream = rng(9);
  const twin = rng(9);
  for (let i = 0; i < 1000; i++) {
    expect(stream.uniform()).toBe(value(twin.bits(), twin.bits()));
    // One word may be left over from the words computed ahead.
    if (i % 7 === 0) expect(stream.bits()).toBe(twin.bits());
  }
});

test("every bit of a word is set half of the time", () => {
  const n = 40_000;
  const words = new Uint32Array(n);
  rng(13).fillBits(words);
  for (let bit = 0; bit < 32; bit++) {
    let set = 0;
    for (const word of words) set += (word >>> bit) & 1;
    expect(Math.abs(set - n / 2)).toBeLessThan((FALSE_ALARM_Z * Math.sqrt(n)) / 2);
  }
});

/** Quantile functions of the exact distributions: each variate's cells have equal probabilities. */
const CELLS = 50;
const quantiles: Record<string, [(stream: Rng) => number, (p: number) => number]> = {
  uniform: [(stream) => stream.uniform(), (p) => p],
  exponential: [(stream) => stream.exponential(), (p) => -Math.log1p(-p)],
  gumbel: [(stream) => stream.gumbel(), (p) => -Math.log(-Math.log(p))],
};

test.each(Object.entries(quantiles))("%s follows its distribution function", (_, [draw, quantile]) => {
  const bounds = Array.from({ length: CELLS - 1 }, (_, i) => quantile((i + 1) / CELLS));
  const probabilities = new Array(CELLS).fill(1 / CELLS);
  expectDistribution(draw, rng(17), bounds, probabilities);
});

test("normal has the moments of a standard normal, and its two halves are independent", () => {
  const n = 400_000;
  const stream = rng(19);
  const sums = [0, 0, 0, 0];
  let pairs = 0;
  let last = 0;
  for (let i = 0; i < n; i++) {
    const x = stream.normal();
    for (let power = 1; power <= 4; power++) sums[power - 1]! += x ** power / n;
    if (i % 2 === 1) pairs += (x * x - 1) * (last * last - 1);
    last = x;
  }
  const limit = FALSE_ALARM_Z / Math.sqrt(n);
  // Var of x, x², x³, x⁴ is 1, 2, 15, 96.
  expect(Math.abs(sums[0]!)).toBeLessThan(limit);
  expect(Math.abs(sums[1]! - 1)).toBeLessThan(limit * Math.sqrt(2));
  expect(Math.abs(sums[2]!)).toBeLessThan(limit * Math.sqrt(15));
  expect(Math.abs(sums[3]! - 3)).toBeLessThan(limit * Math.sqrt(96));
  expect(Math.abs(pairs / (n / 2))).toBeLessThan((FALSE_ALARM_Z * 2) / Math.sqrt(n / 2));
});

interface Gamma {
  mean: number;
  variance: number;
  excessKurtosis: number;
  cdfX: number[];
  cdfF: number[];
}

for (const { case: name, inputs, outputs } of golden<{ shape: number }, Gamma>("noise")) {
  if (!name.startsWith("gamma_")) continue;
  test(`gamma(${inputs.shape}) has its mean, variance and distribution function`, () => {
    const n = 100_000;
    const draw = (stream: Rng): number => stream.gamma(inputs.shape);
    const probabilities = [...outputs.cdfF, 1].map((f, i) => f - (outputs.cdfF[i - 1] ?? 0));
    const values = expectDistribution(draw, rng(23), outputs.cdfX, probabilities, n);
    const mean = values.reduce((sum, x) => sum + x, 0) / n;
    const variance = values.reduce((sum, x) => sum + (x - outputs.mean) ** 2, 0) / n;
    expect(Math.abs(mean - outputs.mean)).toBeLessThan(FALSE_ALARM_Z * Math.sqrt(outputs.variance / n));
    expect(Math.abs(variance - outputs.variance)).toBeLessThan(
      FALSE_ALARM_Z * outputs.variance * Math.sqrt((outputs.excessKurtosis + 2) / n),
    );
  });
}

test("gamma refuses shapes that are no finite number above 0", () => {
  for (const shape of [0, -1, Number.NaN, Infinity]) {
    expect(() => rng(0).gamma(shape)).toThrow(`gamma: shape expected a finite number > 0, got ${shape}`);
  }
});

/** χ² of draws against the cells between `bounds`; returns the draws. */
function expectDistribution(
  draw: (stream: Rng) => number,
  stream: Rng,
  bounds: readonly number[],
  probabilities: readonly number[],
  n = 100_000,
): Float64Array {
  const counts = new Array(bounds.length + 1).fill(0);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    values[i] = draw(stream);
    let cell = 0;
    while (cell < bounds.length && values[i]! > bounds[cell]!) cell++;
    counts[cell]++;
  }
  const { statistic, degrees } = chiSquare(counts, probabilities);
  expect(statistic).toBeLessThan(chiSquareLimit(degrees));
  return values;
}

function one(stream: Rng): () => number {
  return () => stream.bits();
}

function draws(stream: Rng): number[] {
  return [
    stream.bits(),
    stream.uniform(),
    stream.normal(),
    stream.normal(),
    stream.gumbel(),
    stream.gamma(0.3),
  ];
}
