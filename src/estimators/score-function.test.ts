import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { rng } from "../core/rng.ts";
import { kSubset } from "../structures/k-subset.ts";
import { movingAverage } from "./moving-average.ts";
import { type ScoreFunctionOptions, scoreFunction } from "./score-function.ts";

const n = 4;
const rows = 3;
const theta = Float64Array.from({ length: rows * n }, (_, i) => Math.sin(3 * i));
const forward = (
  options: ScoreFunctionOptions,
  kind: typeof Float64Array | typeof Float32Array = Float64Array,
) => scoreFunction(kSubset(n, 2), options).forward(new kind(theta), rng(1));

describe("scoreFunction", () => {
  test("is Σ (L − b) (z − μ) / (S τ), with the mean of a row's other losses as b", () => {
    const [samples, temperature] = [3, 2];
    const losses = Float64Array.from({ length: rows * samples }, (_, i) => i ** 2);
    const mu = new Float64Array(rows * n);
    const tempered = theta.map((x) => x / temperature);
    kSubset(n, 2).marginals(tempered, mu);
    for (const baseline of ["none", "leave-one-out"] as const) {
      const z = forward({ samples, temperature, baseline });
      const gradient = z.backward(losses);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < n; i++) {
          let want = 0;
          for (let s = 0; s < samples; s++) {
            const others = [0, 1, 2].filter((o) => o !== s).map((o) => losses[row * samples + o]!);
            const b = baseline === "none" ? 0 : (others[0]! + others[1]!) / 2;
            const score = (z.value[(row * samples + s) * n + i]! - mu[row * n + i]!) / temperature;
            want += ((losses[row * samples + s]! - b) * score) / samples;
          }
          expectClose(gradient[row * n + i]!, want, { rel: 1e-12, abs: 1e-12 });
        }
      }
    }
  });

  test("equal losses have no gradient under a baseline that knows them", () => {
    const losses = new Float64Array(2 * rows).fill(7);
    const baseline = movingAverage();
    baseline.update(7);
    for (const options of [{ baseline: "leave-one-out" }, { baseline }] as const) {
      const gradient = forward({ samples: 2, ...options }).backward(losses);
      expectClose(gradient, new Float64Array(rows * n), { rel: 0, abs: 1e-14 });
    }
  });

  test("the moving average sees a batch's losses only after they are used", () => {
    const baseline = movingAverage();
    const z = forward({ baseline });
    const losses = Float64Array.of(1, 2, 6);
    expect(z.backward(losses)).toEqual(forward({}).backward(losses));
    expect(baseline.value()).toBeCloseTo(3, 12);
  });

  test("beside a learnt baseline, the others are baselines of what it leaves", () => {
    const losses = Float64Array.from({ length: 2 * rows }, (_, i) => 100 + i ** 2);
    const learnt = new Float64Array(2 * rows).fill(99);
    const left = losses.map((l) => l - 99);
    const baselines = { average: movingAverage(), ofLeft: movingAverage() };
    for (let batch = 0; batch < 2; batch++) {
      const z = forward({ samples: 2, baseline: baselines.average });
      const want = forward({ samples: 2, baseline: baselines.ofLeft }).backward(left);
      expect(z.backward(losses, learnt)).toEqual(want);
      expect(baselines.average.state()).toEqual(baselines.ofLeft.state());
    }
    const z = forward({ samples: 2, baseline: "leave-one-out" });
    expect(z.backward(losses, learnt)).toEqual(z.backward(losses));
  });

  test("no two baselines together weigh a state by more than the losses' range", () => {
    // A mean of L − b lies between its least and its largest value, and |z − μ| ≤ 1.
    const many = 500;
    const theta = Float64Array.from({ length: many * n }, (_, i) => Math.sin(i % n));
    for (const baseline of ["leave-one-out", movingAverage()] as const) {
      const layer = scoreFunction(kSubset(n, 2), { samples: 2, baseline });
      for (const seed of [5, 6]) {
        const z = layer.forward(theta, rng(seed));
        // 102, 101, 100 or 99: a range of 3.
        const losses = Float64Array.from(
          { length: 2 * many },
          (_, at) => 101 + z.value[at * n]! - 2 * z.value[at * n + 1]!,
        );
        const gradient = z.backward(losses, new Float64Array(2 * many).fill(99.5));
        if (seed === 5) continue; // The first batch fills the average.
        let square = 0;
        for (const x of gradient) square += x * x;
        expect(Math.sqrt(square / gradient.length)).toBeLessThanOrEqual(3);
      }
    }
  });

  test("a row's result does not depend on the rows beside it", () => {
    const layer = scoreFunction(kSubset(n, 2), { samples: 2 });
    const losses = Float64Array.from({ length: 2 * rows }, (_, i) => Math.cos(i));
    const whole = layer.forward(theta, rng(4));
    const gradient = whole.backward(losses);
    for (let row = 0; row < rows; row++) {
      const [from, to] = [row * n, (row + 1) * n];
      const one = layer.forward(theta.slice(from, to), rng(4).fromRow(row));
      expect(one.value).toEqual(whole.value.slice(2 * from, 2 * to));
      expect(one.backward(losses.slice(2 * row, 2 * row + 2))).toEqual(gradient.slice(from, to));
    }
  });

  test("values and gradients are of theta's kind, and no rows are allowed", () => {
    const z = forward({}, Float32Array);
    expect(z.value).toBeInstanceOf(Float32Array);
    expect(z.backward(new Float32Array(rows))).toBeInstanceOf(Float32Array);
    expect(z.diagnostics).toMatchObject({ solverCalls: 2 * rows, zeroGradientShare: 1 });
    const none = scoreFunction(kSubset(n, 2)).forward(new Float64Array(0), rng(0));
    expect(none.backward(new Float64Array(0))).toHaveLength(0);
  });

  test("losses and baselines that do not fit are errors", () => {
    const z = forward({});
    expect(() => z.backward(new Float64Array(rows * n))).toThrow(
      "scoreFunction: losses expected length 3, got 12",
    );
    expect(() => z.backward(Float64Array.of(0, Number.NaN, 0))).toThrow(RangeError);
    expect(() => z.backward(new Float64Array(rows), new Float64Array(1))).toThrow(
      "baseline expected length 3",
    );
    expect(() => scoreFunction(kSubset(n, 2), { baseline: "leave-one-out" })).toThrow(
      "scoreFunction: samples expected at least 2 for the leave-one-out baseline, got 1",
    );
    expect(() => scoreFunction(kSubset(n, 2), { baseline: "best" as "none" })).toThrow(RangeError);
  });
});
