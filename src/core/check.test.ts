import { expect, test } from "vitest";
import type { FloatArray } from "../contracts.ts";
import {
  allFinite,
  checkFinite,
  checkFraction,
  checkInteger,
  checkLength,
  checkMethod,
  checkNonNegative,
  checkNumbers,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkReal,
  checkRng,
  checkRows,
  checkTheta,
} from "./check.ts";
import { rng } from "./rng.ts";

const kinds = [undefined, null, "1", true, {}, [1], 1n, Object.create(null)] as const;

test("numbers are checked for kind first, then for their range", () => {
  for (const check of [checkReal, checkPositive, checkNonNegative, checkFraction, checkInteger]) {
    for (const value of kinds) expect(() => check("who", "what", value, 0)).toThrow(TypeError);
    expect(() => check("who", "what", Number.NaN, 0)).toThrow(RangeError);
    expect(() => check("who", "what", Infinity, 0)).toThrow(RangeError);
    expect(() => check("who", "what", -Infinity, 0)).toThrow(RangeError);
  }
  expect(() => checkReal("who", "what", -1e308)).not.toThrow();
  expect(() => checkPositive("who", "what", 5e-324)).not.toThrow();
  expect(() => checkPositive("who", "what", 0)).toThrow("who: what expected a finite number > 0, got 0");
  expect(() => checkNonNegative("who", "what", 0)).not.toThrow();
  expect(() => checkNonNegative("who", "what", -5e-324)).toThrow("expected a finite number ≥ 0, got -5e-324");
  expect(() => checkFraction("who", "what", 0)).not.toThrow();
  expect(() => checkFraction("who", "what", 1)).toThrow("who: what expected a number in [0, 1), got 1");
  expect(() => checkFraction("who", "what", "0.5")).toThrow("who: what expected a number, got String");
  expect(() => checkInteger("who", "what", 21, 0, 20)).toThrow("expected an integer in [0, 20], got 21");
  expect(() => checkInteger("who", "what", 0.5, 0)).toThrow("expected an integer ≥ 0, got 0.5");
  expect(() => checkInteger("who", "what", 20, 0, 20)).not.toThrow();
});

test("one of a list: another value is out of range, another kind is the wrong kind", () => {
  expect(() => checkOneOf("who", "what", 8, [4, 8])).not.toThrow();
  expect(() => checkOneOf("who", "what", 6, [4, 8])).toThrow(
    new RangeError("who: what expected one of 4, 8, got 6"),
  );
  expect(() => checkOneOf("who", "what", "8", [4, 8])).toThrow(
    new TypeError("who: what expected one of 4, 8, got String"),
  );
  expect(() => checkOneOf("who", "what", "b", ["a"])).toThrow('expected one of "a", got "b"');
  for (const value of kinds.filter((x) => x !== true)) {
    expect(() => checkOneOf("who", "what", value, [true, false])).toThrow(TypeError);
  }
});

test("options are plain objects whose every key is known", () => {
  expect(() => checkOptions("who", undefined, [])).not.toThrow();
  expect(() => checkOptions("who", { a: 1 }, ["a", "b"])).not.toThrow();
  expect(() => checkOptions("who", { c: 1 }, ["a", "b"])).toThrow(
    new TypeError('who: unknown option "c", expected a, b'),
  );
  expect(() => checkOptions("who", { c: 1 }, [], "context")).toThrow(
    'who: unknown option "c" of context, expected none',
  );
  for (const value of [null, 3, "a", true])
    expect(() => checkOptions("who", value, ["a"])).toThrow(TypeError);
  expect(() => checkOptions("who", null, ["a"], "context")).toThrow("context expected an object, got null");
});

test("an object is known by its method", () => {
  expect(() => checkMethod("who", "noise", { fill: () => {} }, "fill", "a Noise")).not.toThrow();
  expect(() => checkMethod("who", "noise", () => {}, "fill", "a Noise")).toThrow(
    new TypeError("who: noise expected a Noise, got the function without a name, not its result"),
  );
  for (const value of kinds) expect(() => checkMethod("who", "x", value, "draw", "one")).toThrow(TypeError);
  expect(() => checkRng("who", rng(0), "noise is random")).not.toThrow();
  expect(() => checkRng("who", undefined, "noise is random")).toThrow(
    "who: rng expected an Rng because noise is random, got undefined",
  );
});

test("arrays are checked for kind, length and numbers", () => {
  for (const value of kinds) {
    const floats = value as unknown as FloatArray;
    expect(() => checkLength("who", "x", floats, 1)).toThrow(TypeError);
    expect(() => checkRows("who", floats, 1)).toThrow(TypeError);
    expect(() => checkTheta("who", floats, 1)).toThrow(TypeError);
    expect(() => checkFinite("who", "x", floats, 1)).toThrow(TypeError);
  }
  expect(() => checkLength("who", "x", new Float32Array(2), 3)).toThrow("who: x expected length 3, got 2");
  expect(() => checkFinite("who", "x", Float64Array.of(0, -Infinity), 2)).toThrow(
    "who: x expected finite numbers, got -Infinity at 1",
  );
});

test("numbers in an array of any kind", () => {
  for (const good of [[1, 2], new Uint8Array(2), Float32Array.of(1, 2), { length: 2, 0: 1, 1: 2 }]) {
    expect(() => checkNumbers("who", "x", good, 2)).not.toThrow();
  }
  for (const bad of [
    undefined,
    null,
    "12",
    2,
    {},
    () => {},
    [1, "2"],
    [1, undefined],
    new BigInt64Array(2),
  ]) {
    expect(() => checkNumbers("who", "x", bad, 2)).toThrow(TypeError);
  }
  expect(() => checkNumbers("who", "x", [1], 2)).toThrow(new RangeError("who: x expected 2 entries, got 1"));
  expect(() => checkNumbers("who", "x", [true, true], 2)).toThrow(
    "who: x at 0 expected a number, got Boolean",
  );
});

test("theta is whole rows without NaN or +Infinity; the message names the row", () => {
  expect(checkTheta("who", new Float64Array(6), 3)).toBe(2);
  expect(checkTheta("who", Float64Array.of(-Infinity, 1e308, -1e308), 3)).toBe(1);
  expect(checkTheta("who", new Float64Array(0), 0)).toBe(0);
  expect(() => checkTheta("who", new Float64Array(1), 0)).toThrow(RangeError);
  expect(() => checkTheta("who", new Float64Array(4), 3)).toThrow(
    "who: theta expected a multiple of 3 numbers, got 4",
  );
  for (const bad of [Number.NaN, Infinity]) {
    for (let at = 0; at < 11; at++) {
      const theta = new Float64Array(11);
      theta[at] = bad;
      expect(() => checkTheta("who", theta, 11)).toThrow(`got ${bad} in row 0 at ${at}`);
    }
    expect(() => checkTheta("who", Float64Array.of(0, 0, 0, bad), 2, "costs")).toThrow(
      `who: costs expected finite numbers or -Infinity, got ${bad} in row 1 at 1`,
    );
  }
});

test("a number that is not finite is found at any place, and sums that overflow are no such number", () => {
  for (let length = 0; length < 10; length++) {
    const huge = new Float64Array(length).fill(Number.MAX_VALUE);
    expect(allFinite(huge)).toBe(true);
    for (let at = 0; at < length; at++) {
      for (const bad of [Number.NaN, Infinity, -Infinity]) {
        const values = huge.slice();
        values[at] = bad;
        expect(allFinite(values)).toBe(false);
      }
    }
  }
});
