import { grad, numpy as np } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { binaryCrossEntropy, elu, sigmoid, softplus } from "./activations.ts";
import { checkGradient, doubles, useDoubles } from "./check-gradient.ts";

beforeAll(useDoubles);

const s = (x: number): number => 1 / (1 + Math.exp(-x));
const cases: [
  name: string,
  f: (x: np.Array) => np.Array,
  value: (x: number) => number,
  slope: (x: number) => number,
][] = [
  ["sigmoid", sigmoid, s, (x) => s(x) * (1 - s(x))],
  ["softplus", softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), s],
  ["elu", elu, (x) => (x > 0 ? x : Math.expm1(x)), (x) => (x > 0 ? 1 : Math.exp(x))],
];

describe.each(cases)("%s", (_name, f, value, slope) => {
  test("has its value and slope, also where the exponential overflows", () => {
    for (const x of [-1000, -90, -3, -0.5, 0.5, 3, 90, 1000]) {
      const at = (): np.Array => np.array(Float64Array.of(x, x));
      expectClose(f(at()).js() as number[], [value(x), value(x)], { rel: 1e-12, abs: 1e-15 }, `${x}`);
      const slopes = grad((x: np.Array) => np.sum(f(x)))(at()).js() as number[];
      expectClose(slopes, [slope(x), slope(x)], { rel: 1e-12, abs: 1e-15 }, `slope at ${x}`);
    }
  });

  test("has the gradients of differences", () => checkGradient(f, doubles(1, 5)));
});

test("elu has its slope at 0 once", () => {
  expect(grad((x: np.Array) => np.sum(elu(x)))(np.array(Float64Array.of(0, 0))).js()).toEqual([1, 1]);
});

describe("binaryCrossEntropy", () => {
  test("is −x log p − (1 − x) log(1 − p), and finite for certain logits", () => {
    const [logits, targets] = [
      [0.3, -2, 500],
      [0.2, 1, 0],
    ] as const;
    const got = binaryCrossEntropy(np.array(Float64Array.from(logits)), np.array(Float64Array.from(targets)));
    const want = [-0.2 * Math.log(s(0.3)) - 0.8 * Math.log(1 - s(0.3)), -Math.log(s(-2)), 500];
    expectClose(got.js() as number[], want, { rel: 1e-12, abs: 0 });
    expect(binaryCrossEntropy(np.array([500]), np.array([1])).js()).toEqual([0]);
  });

  test("keeps the digits of what a nearly certain logit leaves over", () => {
    const one = (): np.Array => np.array(Float64Array.of(1, 1));
    const got = binaryCrossEntropy(np.array(Float64Array.of(30, 36)), one()).js() as number[];
    expectClose(got, [Math.log1p(Math.exp(-30)), Math.log1p(Math.exp(-36))], { rel: 1e-12, abs: 0 });
  });
});
