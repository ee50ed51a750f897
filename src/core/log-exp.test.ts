import { expect, test } from "vitest";
import { exp, log, log1p } from "./log-exp.ts";

/** Math.log and Math.exp err by less than 1 unit in the last place themselves. */
const UNITS = 3;

function expectUnits(got: number, want: number, label: string): void {
  const unit = 2 ** Math.max(-1074, Math.floor(Math.log2(Math.abs(want) || 2 ** -1022)) - 52);
  if (!(Math.abs(got - want) <= UNITS * unit)) expect.fail(`${label}: got ${got}, want ${want}`);
}

test("log is within 3 units in the last place of Math.log over the normal numbers", () => {
  for (let e = -1022; e < 1024; e++) {
    for (let i = 0; i < 37; i++) {
      const x = 2 ** e * (1 + i / 37 + 1e-9 * i);
      if (x < Infinity) expectUnits(log(x), Math.log(x), `log(${x})`);
    }
  }
});

test("log keeps its relative precision next to 1", () => {
  for (let i = 1; i < 60; i++) {
    for (const x of [1 + 2 ** -i, 1 - 2 ** -i]) {
      if (x > 0) expectUnits(log(x), Math.log(x), `log(${x})`);
    }
  }
  expect(log(1)).toBe(0);
});

test("exp is within 3 units in the last place of Math.exp", () => {
  for (let x = -708; x <= 709; x += 0.0371) expectUnits(exp(x), Math.exp(x), `exp(${x})`);
  for (let i = 1; i < 60; i++) expectUnits(exp(-(2 ** -i)), Math.exp(-(2 ** -i)), `exp(-2^-${i})`);
  expect(exp(0)).toBe(1);
});

test("exp ends in 0 and Infinity", () => {
  expect([exp(-708.1), exp(-Infinity), exp(709.1), exp(Infinity)]).toEqual([0, 0, Infinity, Infinity]);
});

test("log1p keeps full relative precision near 0", () => {
  for (let e = -60; e < 0; e++) {
    for (const x of [2 ** e * 1.3, -(2 ** e) * 0.7]) {
      expect(Math.abs(log1p(x) / Math.log1p(x) - 1)).toBeLessThan(1e-15);
    }
  }
  expect(log1p(0)).toBe(0);
});

test("last bits are the same on every engine", () => {
  // Computed once; Math.log and Math.exp of different engines differ in such bits.
  const sum = { log: 0, exp: 0 };
  for (let i = 1; i <= 10_000; i++) {
    sum.log += log(i / 7001);
    sum.exp += exp(i / 7001 - 1);
  }
  expect(sum).toEqual({ log: -6429.154912957609, exp: 8169.842885793976 });
});
