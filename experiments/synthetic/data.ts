import { keyedRng } from "../../lab/run/keyed-rng.ts";
import type { Rng } from "../../src/index.ts";

/** Minimise E‖z − b‖² over θ, where z is a k-subset of n elements with p(z) ∝ exp⟨z, θ⟩. */
export interface Instance {
  readonly k: number;
  readonly theta: Float64Array;
  readonly b: Float64Array;
}

/**
 * What the authors' code draws: numpy's RandomState(0), θ = randn(10), then b = |randn(10)| rounded to single precision.
 * (The paper says b ~ N(0, I); the code takes the absolute value.)
 */
export const authorsInstance: Instance = {
  k: 5,
  theta: Float64Array.of(
    1.764052345967664,
    0.4001572083672233,
    0.9787379841057392,
    2.240893199201458,
    1.8675579901499675,
    -0.977277879876411,
    0.9500884175255894,
    -0.1513572082976979,
    -0.10321885179355784,
    0.41059850193837233,
  ),
  b: Float64Array.of(
    0.14404356479644775,
    1.4542734622955322,
    0.7610377073287964,
    0.12167501449584961,
    0.44386324286460876,
    0.3336743414402008,
    1.4940791130065918,
    0.2051582634449005,
    0.3130677044391632,
    0.8540957570075989,
  ),
};

/** What a summary says of it. */
export const AUTHORS_DATA = "the authors' instance (numpy seed 0)";

/** The authors' for seed 0, else one drawn with the seed. */
export function instanceOfSeed(seed: number): Instance {
  return seed === 0 ? authorsInstance : drawInstance(keyedRng(seed, ["synthetic", "instance"]));
}

/** A cell's name on the i-th of a run's instances; on its own, the first, cells have none added. */
export function cellOn(i: number, name: string): string {
  return i === 0 ? name : `instance/${i}/${name}`;
}

/** Another of the same law. */
function drawInstance(rng: Rng): Instance {
  const n = authorsInstance.theta.length;
  const theta = Float64Array.from({ length: n }, () => rng.normal());
  const b = Float64Array.from({ length: n }, () => Math.fround(Math.abs(rng.normal())));
  return { k: authorsInstance.k, theta, b };
}

/** min_z ‖z − b‖²: the ones go where b is largest. */
export function optimum({ k, b }: Instance): number {
  const descending = Float64Array.from(b).sort().reverse();
  return descending.reduce((sum, x, i) => sum + (i < k ? (x - 1) ** 2 : x ** 2), 0);
}
