import { expect, test } from "vitest";
import { simulate } from "./simulate.ts";

const wave = { points: 64, period: 32 * Math.PI, times: 3, interval: 1, steps: 4 };

test("a small wave grows at its linear rate k² − k⁴", () => {
  const mode = 8;
  const k = (2 * Math.PI * mode) / wave.period;
  const { x, u } = simulate({ ...wave, initial: (at) => 1e-8 * Math.cos(k * at) });
  for (const [i, at] of x.entries()) {
    const want = 1e-8 * Math.exp(2 * (k ** 2 - k ** 4)) * Math.cos(k * at);
    expect(Math.abs(u[i * 3 + 2]! - want)).toBeLessThan(1e-15);
  }
});

test("the mean of u is conserved", () => {
  const { u } = simulate({ ...wave, initial: (at) => 0.3 + Math.cos(at / 16) });
  let sum = 0;
  for (let i = 0; i < 64; i++) sum += u[i * 3 + 2]! / 64;
  expect(sum).toBeCloseTo(0.3, 12);
});

test("halving the step divides the error by 16, where no mode is stiff", () => {
  const initial = (at: number) => Math.cos(at / 16) * (1 + Math.sin(at / 16));
  const at = (steps: number) => simulate({ ...wave, points: 32, times: 2, interval: 8, steps, initial }).u;
  const truth = at(512);
  const error = (steps: number) =>
    at(steps).reduce((most, u, i) => Math.max(most, Math.abs(u - truth[i]!)), 0);
  const ratio = error(32) / error(64);
  expect(ratio).toBeGreaterThan(14);
  expect(ratio).toBeLessThan(18);
});

test("agrees with an independent program of the scheme", () => {
  // Written in NumPy for this test: 128 points, 8 steps to t = 8.
  const initial = (at: number) => Math.cos(at / 16) * (1 + Math.sin(at / 16));
  const { u } = simulate({ ...wave, points: 128, times: 2, interval: 8, steps: 8, initial });
  const end = Array.from({ length: 128 }, (_, i) => u[2 * i + 1]!);
  expect(end[0]).toBeCloseTo(0.6799775108223078, 11);
  expect(end[40]).toBeCloseTo(-1.3854511739035271, 11);
  expect(Math.max(...end.map(Math.abs))).toBeCloseTo(1.9579242651062776, 11);
});

test("places and times are those asked for, the period's end included", () => {
  const { x, t, u } = simulate({ ...wave, initial: () => 0 });
  expect([x.length, t.length, u.length]).toEqual([64, 3, 192]);
  expect(x.at(-1)).toBeCloseTo(wave.period, 12);
  expect(Array.from(t)).toEqual([0, 1, 2]);
});
