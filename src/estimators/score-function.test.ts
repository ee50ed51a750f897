import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { FALSE_ALARM_Z } from "../../test/statistics.ts";
import { rng } from "../core/rng.ts";
import { gaussian } from "../noise/gaussian.ts";
import { gumbel } from "../noise/gumbel.ts";
import { logistic } from "../noise/logistic.ts";
import { sumOfGamma } from "../noise/sum-of-gamma.ts";
import { categorical } from "../structures/categorical.ts";
import { gridPath } from "../structures/grid-path.ts";
import { independentBits } from "../structures/independent-bits.ts";
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
  test.each([2, 3, 4, 7])("%s equal losses leave a gradient of zero, not of rounding", (samples) => {
    const z = forward({ samples, baseline: "leave-one-out" });
    const losses = Float64Array.from(
      { length: rows * samples },
      (_, at) => 0.1 + Math.floor(at / samples) / 3,
    );
    expect(z.backward(losses).every((g) => g === 0)).toBe(true);
    expect(z.diagnostics.zeroGradientShare).toBe(1);
  });

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

describe("scoreFunction through a plain solver", () => {
  const many = 20_000;

  /** Mean over rows and its standard error. */
  function expectMean(gradient: ArrayLike<number>, want: readonly number[]): number {
    let spread = 0;
    want.forEach((value, i) => {
      let sum = 0;
      let square = 0;
      for (let at = i; at < gradient.length; at += want.length) {
        sum += gradient[at]!;
        square += gradient[at]! ** 2;
      }
      const count = gradient.length / want.length;
      const error = Math.sqrt((square / count - (sum / count) ** 2) / count);
      expect(Math.abs(sum / count - value)).toBeLessThanOrEqual(FALSE_ALARM_Z * error + 1e-12);
      spread += error ** 2;
    });
    return Math.sqrt(spread);
  }
  const copies = (row: readonly number[]): Float64Array =>
    Float64Array.from({ length: many * row.length }, (_, i) => row[i % row.length]!);
  const lossesOf = (z: ArrayLike<number>, size: number, loss: (at: number) => number): Float64Array =>
    Float64Array.from({ length: z.length / size }, (_, row) => loss(row * size));

  // With Gumbel noise of scale ε, MAP(θ + εZ) is one of 3 with probabilities softmax(θ / ε).
  const scores = [0.4, -0.3, 0.1];
  const values = [2, -1, 0.5];
  const epsilon = 0.7;
  const weights = scores.map((x) => Math.exp(x / epsilon));
  const p = weights.map((w) => w / weights.reduce((a, b) => a + b));
  const mean = p.reduce((sum, q, i) => sum + q * values[i]!, 0);
  const exact = p.map((q, i) => (q * (values[i]! - mean)) / epsilon);
  const ofCategory = (z: ArrayLike<number>): Float64Array =>
    lossesOf(z, 3, (at) => values.findIndex((_, i) => z[at + i] === 1)).map((i) => values[i]!);

  for (const [title, options, baseline] of [
    ["without a baseline", {}, undefined],
    ["leave-one-out", { samples: 3, baseline: "leave-one-out" }, undefined],
    ["with the loss of MAP(θ) as control variate", { samples: 2 }, values[0]],
  ] as const) {
    test(`is unbiased ${title}: Gumbel noise makes a softmax`, () => {
      const layer = scoreFunction(categorical(3), { noise: gumbel(), temperature: epsilon, ...options });
      const z = layer.forward(copies(scores), rng(5));
      const losses = ofCategory(z.value);
      expectMean(z.backward(losses, baseline === undefined ? undefined : losses.map(() => baseline)), exact);
    });
  }

  test("baselines reduce the variance of a loss far from 0", () => {
    const spread = (samples: number, baseline: "none" | "leave-one-out", control?: number): number => {
      const layer = scoreFunction(categorical(3), {
        noise: gumbel(),
        temperature: epsilon,
        samples,
        baseline,
      });
      const z = layer.forward(copies(scores), rng(6));
      const losses = ofCategory(z.value).map((x) => x + 10);
      return expectMean(
        z.backward(losses, control === undefined ? undefined : losses.map(() => control)),
        exact,
      );
    };
    expect(spread(3, "leave-one-out")).toBeLessThan(spread(3, "none") / 3);
    expect(spread(3, "none", values[0]! + 10)).toBeLessThan(spread(3, "none") / 3);
  });

  test("is unbiased with logistic and centred Gumbel noise, for a loss that jumps", () => {
    // P(z = 1) = P(Z > −θ / ε).
    const at = 0.3;
    const laws = [
      { noise: logistic(), slope: (x: number) => Math.exp(-x) / (1 + Math.exp(-x)) ** 2 },
      {
        noise: gumbel({ centered: true }),
        slope: (x: number) => Math.exp(x - 0.5772156649015329 - Math.exp(x - 0.5772156649015329)),
      },
    ];
    for (const { noise, slope } of laws) {
      const layer = scoreFunction(independentBits(1), { noise, temperature: epsilon });
      const z = layer.forward(copies([at]), rng(7));
      const losses = lossesOf(z.value, 1, (row) => (z.value[row] === 1 ? 5 : 2));
      expectMean(z.backward(losses), [(3 * slope(at / epsilon)) / epsilon]);
    }
  });

  test("entries that are not perturbed stay, have no gradient, and leave the others' unbiased", () => {
    // Bit 0 alone is random; its loss depends on bit 1, which θ holds at 1, and on bit 2, at 0.
    const layer = scoreFunction(independentBits(3), {
      noise: gaussian(),
      temperature: 0.5,
      perturbed: [1, 0, 0],
    });
    const z = layer.forward(copies([0.2, 1, -0.01]), rng(8));
    for (let at = 0; at < z.value.length; at += 3) expect([z.value[at + 1], z.value[at + 2]]).toEqual([1, 0]);
    const losses = lossesOf(z.value, 3, (at) => z.value[at]! * (2 + z.value[at + 1]!) + 7 * z.value[at + 2]!);
    const density = Math.exp(-((0.2 / 0.5) ** 2) / 2) / Math.sqrt(2 * Math.PI);
    expectMean(z.backward(losses), [(3 * density) / 0.5, 0, 0]);
  });

  test("excluded entries have no gradient, and structures without inference will do", () => {
    const theta = Float64Array.of(-1, -Infinity, -2, -1);
    const layer = scoreFunction(gridPath(2, 2), { noise: gaussian(), temperature: 0.1, samples: 4 });
    const z = layer.forward(theta, rng(9));
    const gradient = z.backward(Float64Array.of(1, 2, 3, 4));
    expect(gradient[1]).toBe(0);
    expect(gradient.filter((x) => x !== 0)).toHaveLength(3);
    expect(z.diagnostics.solverCalls).toBe(4);
    expect(z.diagnostics.solver).toHaveProperty("clampedCosts");
  });

  test("says what does not fit together", () => {
    const bits = independentBits(2);
    expect(() => scoreFunction(bits, { noise: sumOfGamma({ k: 2 }) })).toThrow(
      /noise expected one with a score/,
    );
    expect(() => scoreFunction(bits, { perturbed: [1, 0] })).toThrow(/perturbed expected noise beside it/);
    expect(() => scoreFunction(bits, { noise: gaussian(), perturbed: [1] })).toThrow(
      /perturbed expected 2 entries/,
    );
    expect(() => scoreFunction(gridPath(2, 2) as never)).toThrow(/scoreFunction with its option noise/);
  });
});
