/** The option `perturbed`, which means the same wherever noise is drawn. */
import { describe, expect, test } from "vitest";
import {
  correlatedKSubset,
  exponentialFamily,
  type FenchelYoung,
  type FloatArray,
  fenchelYoung,
  gaussian,
  imle,
  type Layer,
  type Noise,
  type PerturbedEntries,
  perturbedOptimizer,
  type Rng,
  rng,
  scoreFunction,
  solver,
  stochasticSoftmax,
  straightThrough,
} from "../src/index.ts";

const line = correlatedKSubset(4, 2);
const size = 7;
const theta = Float64Array.of(0.1, 0.3, -0.2, 0.4, 0.5, -0.3, 0.2, 0.2, 0, -0.1, 0.3, 0, 0.6, -0.4);
const temperature = 1.5;
type Options = { readonly perturbed?: PerturbedEntries };

const layers: Readonly<Record<string, (options: Options) => Layer>> = {
  imle: (o) => imle(line, { temperature, samples: 2, ...o }),
  straightThrough: (o) => straightThrough(line, { temperature, samples: 2, ...o }),
  perturbedOptimizer: (o) => perturbedOptimizer(line, { temperature, ...o }),
  multiplicative: (o) => perturbedOptimizer(line, { temperature, perturbation: "multiplicative", ...o }),
  scoreFunction: (o) => scoreFunction(line, { temperature, noise: gaussian(), samples: 2, ...o }),
  stochasticSoftmax: (o) => stochasticSoftmax(exponentialFamily(line), { samples: 2, ...o }),
  fenchelYoung: (o) => asLayer(fenchelYoung(line, { noise: gaussian(), temperature, ...o })),
  multiplicativeFenchelYoung: (o) =>
    asLayer(fenchelYoung(line, { perturbation: "multiplicative", temperature, ...o })),
};

/** The gradient in place of states. */
function asLayer(loss: FenchelYoung<never>): Layer {
  const forward = (theta: FloatArray, r: Rng) => ({
    value: loss(theta, new Float64Array(theta.length), r).gradient,
  });
  return { forward } as unknown as Layer;
}

/** The θ that a solver is asked for, which keeps nothing else of them. */
function asked(make: (structure: typeof line) => { value: FloatArray }): FloatArray[] {
  const met: FloatArray[] = [];
  const spy = solver({
    shape: [size],
    solve(parameters, z) {
      met.push(parameters.slice());
      z[0] = 1;
    },
  });
  make(spy as typeof line);
  return met;
}

describe.each(Object.entries(layers))("%s", (_, make) => {
  test("all entries by default; a list and the first so many are alike; none leaves MAP(θ)", () => {
    const value = (options: Options): FloatArray => make(options).forward(theta, rng(1)).value;
    expect(value({ perturbed: size })).toStrictEqual(value({}));
    expect(value({ perturbed: [1, 1, 1, 1, 0, 0, 0] })).toStrictEqual(value({ perturbed: 4 }));
    const none = make({ perturbed: 0 });
    expect(none.forward(theta, rng(1)).value).toStrictEqual(none.forward(theta, rng(2)).value);
  });

  test("what it cannot be is named", () => {
    expect(() => make({ perturbed: 8 })).toThrow("perturbed expected an integer in [0, 7], got 8");
    expect(() => make({ perturbed: [1, 0] })).toThrow("perturbed expected 7 entries, got 2");
    expect(() => make({ perturbed: "4" as unknown as number })).toThrow(TypeError);
  });
});

test("entries that are not perturbed reach the solver as they are, and leave the others' draws alone", () => {
  const additive = { temperature, samples: 2 };
  const cases: ((options: Options) => FloatArray[])[] = [
    (o) => asked((s) => imle(s, { ...additive, ...o }).forward(theta, rng(1))),
    (o) => asked((s) => straightThrough(s, { ...additive, ...o }).forward(theta, rng(1))),
    (o) => asked((s) => scoreFunction(s, { ...additive, noise: gaussian(), ...o }).forward(theta, rng(1))),
    (o) => asked((s) => perturbedOptimizer(s, { ...additive, ...o }).forward(theta, rng(1))),
    (o) =>
      asked((s) =>
        perturbedOptimizer(s, { ...additive, perturbation: "multiplicative", ...o }).forward(theta, rng(1)),
      ),
    (o) =>
      asked((s) => asLayer(fenchelYoung(s, { ...additive, noise: gaussian(), ...o })).forward(theta, rng(1))),
    (o) =>
      asked((s) =>
        asLayer(fenchelYoung(s, { ...additive, perturbation: "multiplicative", ...o })).forward(
          theta,
          rng(1),
        ),
      ),
  ];
  for (const thetas of cases) {
    const [all, some] = [thetas({}), thetas({ perturbed: [1, 0, 1, 0, 1, 1, 0] })];
    expect(some).toHaveLength(4);
    some.forEach((met, call) => {
      met.forEach((x, i) => {
        expect(x).toBe([1, 3, 6].includes(i) ? theta[(call % 2) * size + i] : all[call]![i]);
      });
    });
  }
});

test("the gradient is that of the expectation over the perturbed entries alone", () => {
  // One of two, entry 0 is perturbed: P(z = (1, 0)) = Φ((θ₀ − θ₁) / ε), or Φ((log(θ₀ / θ₁) − ε²/2) / ε).
  const best = solver({
    shape: [2],
    solve(t, z) {
      z[t[1]! > t[0]! ? 1 : 0] = 1;
    },
  });
  const [t0, t1, samples] = [1.2, 0.9, 40_000];
  const normal = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  for (const perturbation of ["additive", "multiplicative"] as const) {
    const epsilon = 0.5;
    const x =
      perturbation === "additive" ? (t0 - t1) / epsilon : (Math.log(t0 / t1) - epsilon ** 2 / 2) / epsilon;
    const slope = normal(x) / (perturbation === "additive" ? epsilon : epsilon * t0);
    const layer = perturbedOptimizer(best, { perturbation, samples, perturbed: 1, temperature: epsilon });
    const gradient = layer.forward(Float64Array.of(t0, t1), rng(5)).backward(Float64Array.of(1, 0));
    // An estimate has at most the deviation of Z / (ε θ₀).
    expect(Math.abs(gradient[0]! - slope)).toBeLessThan((5 * 2) / Math.sqrt(samples));
    expect(gradient[1]).toBe(0);
  }
});

test("a noise that fills too little is named by the perturbed loss as by layers", () => {
  const half: Noise = { name: "half", mean: 0, variance: 1, fill: (out) => void out.fill(1, 0, 2) };
  expect(() => fenchelYoung(line, { noise: half })(theta, new Float64Array(14), rng(0))).toThrow(
    'fenchelYoung: noise "half" expected to fill 7 finite numbers, got NaN at 2 of row 0',
  );
  expect(() => fenchelYoung(line, { perturbed: 4 })).toThrow("perturbed expected noise beside it");
});
