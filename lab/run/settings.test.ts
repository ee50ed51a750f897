import { expect, test } from "vitest";
import { UsageError } from "./errors.ts";
import { applySettings, sameKinds } from "./settings.ts";

const preset = { runs: 3, rate: 0.5, name: "a", on: false, rates: [1, 2], tags: ["x"] };

test("each value is parsed as the preset's is", () => {
  expect(
    applySettings(preset, ["runs=7", "rate=1e-3", "name=b=c", "on=true", "rates=3,4.5", "tags=p,q"]),
  ).toStrictEqual({ runs: 7, rate: 1e-3, name: "b=c", on: true, rates: [3, 4.5], tags: ["p", "q"] });
  expect(applySettings(preset, ["rates=", "name="])).toStrictEqual({ ...preset, rates: [], name: "" });
});

test("the preset stays as it is", () => {
  applySettings(preset, ["runs=7"]);
  expect(preset.runs).toBe(3);
});

test.each([
  ["runs=many", '--set runs expected a number, got "many"'],
  ["runs=", '--set runs expected a number, got ""'],
  ["runs=Infinity", "--set runs expected a number"],
  ["rates=1,x", '--set rates expected a number, got "x"'],
  ["on=1", '--set on expected true or false, got "1"'],
  ["speed=1", 'unknown key "speed", expected one of runs, rate, name, on, rates, tags'],
  ["toString=1", 'unknown key "toString"'],
  ["runs", 'expected key=value, got "runs"'],
  ["=1", "expected key=value"],
])("%s is an error", (pair, message) => {
  expect(() => applySettings(preset, [pair])).toThrow(UsageError);
  expect(() => applySettings(preset, [pair])).toThrow(message);
});

test("a configuration with other keys or kinds is told apart", () => {
  expect(sameKinds({ ...preset, runs: 9 }, preset)).toBe(true);
  expect(sameKinds({ ...preset, runs: "9" }, preset)).toBe(false);
  expect(sameKinds({ ...preset, rates: ["9"] }, preset)).toBe(false);
  expect(sameKinds({ ...preset, extra: 1 }, preset)).toBe(false);
  const { name: _, ...less } = preset;
  expect(sameKinds(less, preset)).toBe(false);
});
