import fc from "fast-check";
import { expect, test } from "vitest";
import { rng } from "../../core/rng.ts";
import { selector } from "./select.ts";

/** At most k numbers above the threshold, at least k at or above it, and x as it was. */
function expectThreshold(x: Float64Array, n: number, k: number, select = selector(n)): void {
  const before = x.slice();
  const threshold = select.threshold(x, n, k);
  let above = 0;
  let atOrAbove = 0;
  for (let i = 0; i < n; i++) {
    above += +(x[i]! > threshold);
    atOrAbove += +(x[i]! >= threshold);
  }
  expect(above).toBeLessThanOrEqual(k);
  expect(atOrAbove).toBeGreaterThanOrEqual(k);
  expect(x).toEqual(before);
}

test("any numbers are split into k and the rest, whatever lies behind them", () => {
  const number = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, -0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE),
  );
  const select = selector(200);
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 200 }), fc.nat(), (values, seed) => {
      const x = Float64Array.from([...values, 1e9]);
      expectThreshold(x, values.length, 1 + (seed % values.length), select);
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test("every k of sorted, equal, two-valued and spread out numbers", () => {
  const n = 120;
  const r = rng(1);
  const shapes: Record<string, (i: number) => number> = {
    rising: (i) => i,
    falling: (i) => -i,
    equal: () => 2.5,
    twoValued: (i) => i % 7,
    powers: (i) => (-1) ** i * 2 ** (i * 8),
    oneFarOut: (i) => (i === 5 ? 1e300 : r.normal()),
    nearlyEqual: (i) => 1 + i * 2 ** -52,
  };
  for (const shape of Object.values(shapes)) {
    const x = Float64Array.from({ length: n }, (_, i) => shape(i));
    const select = selector(n);
    for (let k = 1; k <= n; k++) expectThreshold(x, n, k, select);
  }
});
