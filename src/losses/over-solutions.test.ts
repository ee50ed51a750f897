import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { dot } from "../conformance/enumerate.ts";
import type { FloatArray } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { contrastiveMap } from "./contrastive-map.ts";
import { listwiseRanking } from "./listwise-ranking.ts";
import type { LossAndGradient } from "./loss-and-gradient.ts";
import { nce } from "./nce.ts";
import { pairwiseRanking } from "./pairwise-ranking.ts";
import { pointwiseRanking } from "./pointwise-ranking.ts";

const [rows, size, count] = [4, 5, 7];
const r = rng(1);
const normals = (length: number): Float64Array => Float64Array.from({ length }, () => r.normal());
const bits = (length: number): Float64Array => Float64Array.from({ length }, () => r.bits() % 2);
const theta = normals(rows * size);
const cost = normals(rows * size).map((c) => c + 2);
const y = bits(rows * size);
const solutions = bits(count * size);
const rowOf = (array: Float64Array, row: number): Float64Array => array.slice(row * size, (row + 1) * size);
const states = Array.from({ length: count }, (_, s) => rowOf(solutions, s));
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Each loss with its definition for one row. */
const losses: Record<
  string,
  {
    loss: (theta: FloatArray, list?: FloatArray) => LossAndGradient;
    of: (score: number[], own: number, costs: number[]) => number;
  }
> = {
  nce: {
    loss: (t, list = solutions) => nce(t, y, list, size),
    of: (score, own) => mean(score) - own,
  },
  contrastiveMap: {
    loss: (t, list = solutions) => contrastiveMap(t, y, list, size),
    of: (score, own) => Math.max(...score) - own,
  },
  pointwiseRanking: {
    loss: (t, list = solutions) => pointwiseRanking(t, cost, list, size),
    of: (score, _, costs) => mean(score.map((s, i) => (s + costs[i]!) ** 2)),
  },
  pairwiseRanking: {
    loss: (t, list = solutions) => pairwiseRanking(t, cost, list, size, { margin: 0.7 }),
    of: (score, _, costs) => {
      const best = costs.indexOf(Math.min(...costs));
      const others = score.filter((_s, i) => i !== best);
      return mean(others.map((s) => Math.max(0, 0.7 + s - score[best]!)));
    },
  },
  listwiseRanking: {
    loss: (t, list = solutions) => listwiseRanking(t, cost, list, size, { temperature: 0.8 }),
    of: (score, _, costs) => {
      const softmax = (x: number[]): number[] => {
        const weights = x.map((value) => Math.exp(value / 0.8));
        const total = weights.reduce((a, b) => a + b, 0);
        return weights.map((w) => w / total);
      };
      const p = softmax(costs.map((c) => -c));
      return softmax(score).reduce((sum, q, i) => sum - p[i]! * Math.log(q), 0);
    },
  },
};

for (const [name, { loss, of }] of Object.entries(losses)) {
  describe(name, () => {
    test("is its definition, row by row", () => {
      const { value } = loss(theta);
      for (let row = 0; row < rows; row++) {
        const [t, c] = [rowOf(theta, row), rowOf(cost, row)];
        const scores = states.map((z) => dot(z, t));
        const costs = states.map((z) => dot(z, c));
        expectClose(value[row]!, of(scores, dot(rowOf(y, row), t), costs), { rel: 1e-12, abs: 1e-12 });
      }
    });

    test("its gradient is its derivative, of theta's kind", () => {
      const { gradient } = loss(theta);
      for (let i = 0; i < theta.length; i++) {
        const [ahead, behind] = [1e-6, -1e-6].map(
          (h) => loss(theta.map((x, j) => (i === j ? x + h : x))).value[Math.floor(i / size)]!,
        ) as [number, number];
        expectClose(gradient[i]!, (ahead - behind) / 2e-6, { rel: 1e-7, abs: 1e-7 }, `${i}`);
      }
      const single = loss(Float32Array.from(theta));
      expect(single.gradient).toBeInstanceOf(Float32Array);
      expectClose(single.gradient, gradient, { rel: 1e-4, abs: 1e-5 });
    });

    test("solutions with an excluded element are left out", () => {
      const excluding = theta.map((x, i) => (i % size === 2 ? -Infinity : x));
      const without = Float64Array.from(states.filter((z) => z[2] === 0).flatMap((z) => Array.from(z)));
      const [all, few] = [loss(excluding), loss(excluding, without)];
      expect(all.value.slice(0, 1)).toEqual(few.value.slice(0, 1));
      expect(Array.from(all.gradient).every(Number.isFinite)).toBe(true);
      const only = states.find((z) => z[2] === 1)!;
      expect(() => loss(excluding, only)).toThrow("row 0 expected a solution without an excluded element");
    });

    test("no solutions and wrong arrays are errors; no rows are none", () => {
      expect(() => loss(theta, new Float64Array(0))).toThrow(RangeError);
      expect(() => loss(theta, new Float64Array(size + 1))).toThrow("solutions expected a multiple of 5");
      expect(() => loss(new Float64Array(size + 1))).toThrow(RangeError);
      expect(() => loss(theta.map(() => Number.NaN))).toThrow(RangeError);
      expect(() => loss(Array.from(theta) as unknown as FloatArray)).toThrow(TypeError);
    });
  });
}

test("one state has nothing to rank against, and scores of ±1e4 stay finite", () => {
  expect(pairwiseRanking(theta, cost, states[0]!, size).value).toEqual(new Float64Array(rows));
  const { value, gradient } = listwiseRanking(
    theta.map((x) => 1e4 * x),
    cost,
    solutions,
    size,
  );
  expect([...value, ...gradient].every(Number.isFinite)).toBe(true);
});

test("options out of range are errors", () => {
  expect(() => pairwiseRanking(theta, cost, solutions, size, { margin: -1 })).toThrow(RangeError);
  expect(() => listwiseRanking(theta, cost, solutions, size, { temperature: 0 })).toThrow(RangeError);
  expect(() => nce(theta, y, solutions, 0)).toThrow("nce: size expected an integer ≥ 1, got 0");
});
