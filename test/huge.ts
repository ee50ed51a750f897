/**
 * θ of any finite size: a law of ties alone, since any gap that is left is beyond e^700. Up to ±1e10 every method must be
 * right; beyond, it must be right or a RangeError that names the row and the range.
 */
import { expect } from "vitest";
import { dot } from "../src/conformance/enumerate.ts";
import type { ExponentialFamily, Structure } from "../src/contracts.ts";
import { rng } from "../src/core/rng.ts";
import { sizeOf } from "../src/core/shape.ts";

/** Powers of ten: where a range begins, and where other formulas have failed. */
export const SCALES: readonly number[] = [
  5, 8, 9.9, 10.1, 12, 15, 19, 20, 31, 44, 80, 150, 200, 299, 301, 308,
];

/** Rows of small multiples of one number, ties included, and of anything in [−1, 1]; all are exact at every scale. */
export function unitTheta(size: number, seed: number): Float64Array {
  const r = rng(seed);
  return Float64Array.from({ length: size }, () => {
    const x = r.normal();
    const kinds = [Math.round(x), x / 3, Math.sign(x), x > 0 ? 1 : 0, Math.round(x) / 2, 1];
    return Math.max(-1, Math.min(1, kinds[seed % kinds.length]!));
  });
}

/** A power of two near 10^power, so that multiples by it round nothing. */
export const powerOfTwo = (power: number): number =>
  Math.min(2 ** Math.floor(power * Math.log2(10)), 2 ** 1023);

const RANGE_ERROR = /expected numbers in \[-1e\d+, 1e\d+\] or -Infinity, got .* in row 0.* at \d+/;

/** Runs a method on a θ of this size; undefined where it has refused it as it should. */
export function withinRange(
  scale: number,
  length: number,
  call: (out: Float64Array) => void,
): Float64Array | undefined {
  const out = new Float64Array(length).fill(7);
  try {
    call(out);
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toMatch(RANGE_ERROR);
    expect(scale).toBeGreaterThan(1e10);
    expect(out.every((x) => x === 7)).toBe(true);
    return undefined;
  }
  return out;
}

/** The best states of a unit θ, and with it of every multiple. */
function bestStates<C>(structure: Structure<C>, unit: Float64Array, context: C | undefined): Float64Array[] {
  const states = Array.from(structure.states!(context));
  const scores = states.map((z) => dot(z, unit));
  const best = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  return states.filter((_, s) => scores[s]! >= best - 1e-9);
}

export function expectHugeMap<C>(
  structure: Structure<C>,
  unit: Float64Array,
  power: number,
  context?: C,
): void {
  const best = bestStates(structure, unit, context).map((z) => z.join());
  const scale = powerOfTwo(power);
  const theta = unit.map((x) => x * scale);
  const z = withinRange(scale, unit.length, (out) => structure.map(theta, out, context));
  if (z) expect(best, `map at 1e${power}`).toContain(z.join());
}

export function expectHugeInference<C>(
  family: ExponentialFamily<C>,
  unit: Float64Array,
  power: number,
  context?: C,
): void {
  const size = sizeOf(family.shape);
  const best = bestStates(family, unit, context);
  const scale = powerOfTwo(power);
  const theta = unit.map((x) => x * scale);
  const v = unit.map((_, i) => Math.sin(i + 1));
  const count = best.length;
  const mean = v.map((_, i) => best.reduce((sum, z) => sum + z[i]!, 0) / count);
  const along = best.map((z) => z.reduce((sum, x, i) => sum + (x - mean[i]!) * v[i]!, 0));
  const product = v.map((_, i) => best.reduce((sum, z, s) => sum + z[i]! * along[s]!, 0) / count);
  const score = dot(best[0]!, unit) * scale;
  const close = (what: string, got: Float64Array | undefined, want: ArrayLike<number>, most = 1e-3): void =>
    got?.forEach((x, i) => {
      // Not toBeLessThan of a difference alone: NaN must fail.
      expect(Math.abs(x - want[i]!) <= most, `${what} at 1e${power}: ${x}, expected ${want[i]}`).toBe(true);
    });
  close(
    "marginals",
    withinRange(scale, size, (out) => family.marginals(theta, out, context)),
    mean,
  );
  close(
    "product",
    withinRange(scale, size, (out) => family.marginalsJvp(theta, v, out, context)),
    product,
  );
  const sums = (what: string, call: (out: Float64Array) => void, want: number, most?: number): void =>
    close(what, withinRange(scale, 1, call), [want], most);
  sums("entropy", (out) => family.entropy(theta, out, context), Math.log(count));
  const rounding = 1e-3 + 1e-12 * Math.abs(score);
  sums("logPartition", (out) => family.logPartition(theta, out, context), score + Math.log(count), rounding);
  sums("logProbability", (out) => family.logProbability(theta, best[0]!, out, context), -Math.log(count));
  const sample = withinRange(scale, size, (out) => family.sample(theta, rng(1), out, context));
  if (sample)
    expect(
      best.map((z) => z.join()),
      `sample at 1e${power}`,
    ).toContain(sample.join());
}
