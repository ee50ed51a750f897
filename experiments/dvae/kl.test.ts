import { describe, expect, test } from "vitest";
import {
  categorical,
  type ExponentialFamily,
  kSubset,
  rng,
  simple,
  straightThrough,
} from "../../src/index.ts";
import { expectClose } from "../../test/golden.ts";
import { klValues, withKl } from "./kl.ts";

const laws: [string, ExponentialFamily][] = [
  ["kSubset(5, 2)", kSubset(5, 2)],
  ["categorical(5)", categorical(5)],
];
const temperature = 1.6;

function normals(count: number, seed: number): Float64Array {
  const r = rng(seed);
  return Float64Array.from({ length: count }, () => 3 * r.normal());
}

/** Σ p log(p |C|) over all states. */
function enumerated(law: ExponentialFamily, theta: Float64Array): number {
  const states = Array.from(law.states!(), (z) => Float64Array.from(z));
  const weights = states.map((z) =>
    Math.exp(z.reduce((sum, x, i) => sum + (x * theta[i]!) / temperature, 0)),
  );
  const total = weights.reduce((a, b) => a + b);
  return weights.reduce((sum, w) => sum + (w / total) * Math.log((w / total) * states.length), 0);
}

describe.each(laws)("the KL of %s", (_, law) => {
  const theta = normals(20, 1);

  test("is that of all states, enumerated", () => {
    const values = klValues({ law, temperature }, theta);
    for (let row = 0; row < 4; row++)
      expectClose(values[row]!, enumerated(law, theta.slice(5 * row, 5 * row + 5)), {
        rel: 1e-12,
        abs: 1e-12,
      });
  });

  test("is 0 for equal parameters, and log |C| at most", () => {
    const count = [...law.states!()].length;
    const values = klValues({ law, temperature }, Float64Array.of(7, 7, 7, 7, 7, 1e4, 2e3, 300, 40, 5));
    expect(values[0]).toBeGreaterThanOrEqual(0);
    expect(values[0]).toBeLessThan(1e-14);
    expectClose(values[1]!, Math.log(count), { rel: 1e-9, abs: 0 });
  });

  test("adds its slope to a layer's gradient", () => {
    const none = new Float64Array(20);
    const layer = withKl(straightThrough(law), { law, temperature }, 0.5, false);
    const gradient = layer.forward(theta, rng(0)).backward(none);
    const step = 1e-5;
    const slope = Float64Array.from(theta, (_, i) => {
      const at = (shift: number): number => {
        const moved = theta.slice();
        moved[i]! += shift;
        return klValues({ law, temperature }, moved).reduce((a, b) => a + b);
      };
      return (0.5 * (at(step) - at(-step))) / (2 * step);
    });
    // Central differences: error h² times the third derivative, and rounding 1e-15 / h.
    expectClose([...gradient], [...slope], { rel: 1e-7, abs: 1e-9 });
  });

  test("goes through SIMPLE's own Jacobian product to the same gradient", () => {
    const cotangent = normals(20, 2);
    const [apart, together] = [false, true].map((isJacobian) =>
      withKl(simple(law, { temperature }), { law, temperature }, 0.01, isJacobian)
        .forward(theta, rng(0))
        .backward(cotangent),
    );
    expectClose([...together!], [...apart!], { rel: 1e-11, abs: 1e-13 });
  });
});
