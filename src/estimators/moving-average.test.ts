import { expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { type MovingAverageState, movingAverage } from "./moving-average.ts";

test("is 0 before the first loss, and then their weighted mean", () => {
  const baseline = movingAverage({ decay: 0.5 });
  expect(baseline.value()).toBe(0);
  baseline.update(4);
  expect(baseline.value()).toBe(4);
  baseline.update(1);
  // Weights 1/2 and 1, divided by their sum.
  expectClose(baseline.value(), (0.5 * 4 + 1) / 1.5, { rel: 1e-15, abs: 0 });
});

test("constant losses are their own mean from the start, whatever the decay", () => {
  for (const decay of [0, 0.5, 0.9, 0.999999]) {
    const baseline = movingAverage({ decay });
    for (let i = 0; i < 20; i++) {
      baseline.update(-3);
      expectClose(baseline.value(), -3, { rel: 1e-9, abs: 0 });
    }
  }
});

test("its state goes through JSON and goes on from there", () => {
  const [one, two] = [movingAverage(), movingAverage()];
  for (const loss of [3, -1, 4]) one.update(loss);
  two.restore(JSON.parse(JSON.stringify(one.state())));
  for (const baseline of [one, two]) baseline.update(1);
  expect(two.value()).toBe(one.value());
});

test("refuses decays, losses and states that make no sense, and keeps its own", () => {
  for (const decay of [1, -0.1, Number.NaN]) expect(() => movingAverage({ decay })).toThrow(RangeError);
  expect(() => movingAverage({ decay: "0.5" as unknown as number })).toThrow(TypeError);
  const baseline = movingAverage();
  baseline.update(2);
  for (const loss of [Number.NaN, Infinity]) expect(() => baseline.update(loss)).toThrow(RangeError);
  const restore = (state: unknown) => () => baseline.restore(state as MovingAverageState);
  expect(restore({ mean: null, updates: 1 })).toThrow(
    "movingAverage: state.mean expected a number, got null",
  );
  expect(restore({ mean: 1, updates: 1.5 })).toThrow(RangeError);
  expect(restore({ mean: 1, updates: 1, more: 0 })).toThrow(TypeError);
  expect(baseline.value()).toBe(2);
});
