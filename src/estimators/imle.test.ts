import { describe, expect, test } from "vitest";
import { expectClose, golden } from "../../test/golden.ts";
import { FALSE_ALARM_Z } from "../../test/statistics.ts";
import type { Noise, Structure, Target } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { gumbel } from "../noise/gumbel.ts";
import { noNoise } from "../noise/no-noise.ts";
import { gridPath } from "../structures/grid-path.ts";
import { kSubset } from "../structures/k-subset.ts";
import { spanningTree } from "../structures/spanning-tree.ts";
import { adaptive } from "../targets/adaptive.ts";
import { lossOptimum } from "../targets/loss-optimum.ts";
import { perturbation } from "../targets/perturbation.ts";
import { blackBox } from "./black-box.ts";
import { imle } from "./imle.ts";

/** Noise that was drawn beforehand: S samples of one row. */
const given = (values: readonly (readonly number[])[]): Noise => ({
  name: "given",
  mean: 0,
  variance: 1,
  fill: (out) => out.set(values.flat()),
});

interface Inputs {
  problem: "topk" | "gridPath" | "spanningTree";
  n: number;
  k: number;
  rows: number;
  cols: number;
  neighbours: 4 | 8;
  edges: [number, number][];
  theta: number[];
  noise: number[][];
  lambda: number;
  g: number[] | number[][];
  y: number[];
  c: number[];
}
interface Outputs {
  z: number[][];
  zTarget: number[][];
  grad: number[];
  gradOverLambda: number[];
  gradSymmetric: number[];
  gradEq12?: number[];
  meanZ: number[];
  meanGrad: number[];
}

function structureOf(inputs: Inputs): Structure {
  if (inputs.problem === "gridPath") {
    return gridPath(inputs.rows, inputs.cols, { neighbours: inputs.neighbours });
  }
  if (inputs.problem === "spanningTree") {
    return spanningTree({ vertices: inputs.n, edges: inputs.edges }) as Structure;
  }
  return kSubset(inputs.n, inputs.k) as Structure;
}

describe("golden vectors", () => {
  const cases = golden<Inputs, Outputs>("imle");
  for (const { case: name, inputs, outputs, tol } of cases.filter(
    (c) => c.inputs.noise && c.outputs.gradOverLambda,
  )) {
    test(name, () => {
      const structure = structureOf(inputs);
      const samples = inputs.noise.length;
      const size = inputs.theta.length;
      const theta = Float64Array.from(inputs.theta);
      const perSample = Array.isArray(inputs.g[0]);
      const g = Float64Array.from(
        perSample ? (inputs.g as number[][]).flat() : Array(samples).fill(inputs.g).flat(),
      );
      const noise = given(inputs.noise);
      const target = perturbation({ lambda: inputs.lambda });
      const gradient = (options: object): Float64Array => {
        const layer = imle(structure, { noise, target, samples, ...options });
        const z = layer.forward(theta, rng(0));
        expect(Array.from(z.value)).toEqual(outputs.z.flat());
        return z.backward(g) as Float64Array;
      };
      expectClose(gradient({ scale: "none" }), outputs.grad, tol, "grad");
      expectClose(gradient({}), outputs.gradOverLambda, tol, "gradOverLambda");
      expectClose(
        gradient({ scale: "none", difference: "central" }),
        outputs.gradSymmetric,
        tol,
        "gradSymmetric",
      );
      if (outputs.gradEq12)
        expectClose(gradient({ target: lossOptimum() }), outputs.gradEq12, tol, "gradEq12");
      if (!perSample) {
        const z = imle(structure, { noise, target, samples, average: true }).forward(theta, rng(0));
        expect(z.value).toHaveLength(size);
        expectClose(z.backward(g.slice(0, size)), outputs.gradOverLambda, tol, "average");
      }
    });
  }

  for (const { case: name, inputs, outputs } of cases.filter((c) => c.case.startsWith("population_gumbel"))) {
    test(`${name}: the mean over Gumbel noise`, () => {
      const rows = 20_000;
      const { n, k, lambda } = inputs;
      const theta = new Float64Array(rows * n);
      const g = new Float64Array(rows * n);
      for (let i = 0; i < rows * n; i++) {
        theta[i] = inputs.theta[i % n]!;
        g[i] = (inputs.g as number[])[i % n]!;
      }
      const layer = imle(kSubset(n, k), { noise: gumbel(), target: perturbation({ lambda }), scale: "none" });
      const z = layer.forward(theta, rng(1));
      const gradient = z.backward(g);
      for (let i = 0; i < n; i++) {
        let meanZ = 0;
        let mean = 0;
        for (let row = 0; row < rows; row++) {
          meanZ += z.value[row * n + i]! / rows;
          mean += gradient[row * n + i]! / rows;
        }
        // A bit deviates by at most 1/2, a difference of bits by at most 1, over √rows.
        expect(Math.abs(meanZ - outputs.meanZ[i]!)).toBeLessThan((0.5 * FALSE_ALARM_Z) / Math.sqrt(rows));
        expect(Math.abs(mean - outputs.meanGrad[i]!)).toBeLessThan(FALSE_ALARM_Z / Math.sqrt(rows));
      }
    });
  }

  interface Perturbed {
    readonly title: string;
    readonly structure: Structure;
    readonly theta: readonly number[];
    readonly frequencies: readonly number[];
  }
  const perturbed: readonly Perturbed[] = [
    ...golden<{ n: number; k: number; theta: number[] }, { gumbelTopkMarginals?: number[] }>("ksubset").map(
      ({ case: title, inputs: { n, k, theta }, outputs }) => ({
        ...{ title, structure: kSubset(n, k), theta },
        frequencies: outputs.gumbelTopkMarginals ?? [],
      }),
    ),
    ...golden<{ n: number; edges: [number, number][]; weights: number[] }, { gumbelMstMarginals?: number[] }>(
      "spanning_tree",
    ).map(({ case: title, inputs: { n: vertices, edges, weights }, outputs }) => ({
      ...{ title, structure: spanningTree({ vertices, edges }), theta: weights },
      frequencies: outputs.gumbelMstMarginals ?? [],
    })),
  ];
  test.each(perturbed.filter(({ frequencies }) => frequencies.length > 0))(
    "$title: how often Gumbel noise takes each element",
    ({ structure, theta, frequencies }) => {
      const [rows, n] = [20_000, theta.length];
      const tiled = Float64Array.from({ length: rows * n }, (_, i) => theta[i % n]!);
      const { value } = imle(structure, { noise: gumbel() }).forward(tiled, rng(2));
      const counts = new Float64Array(n);
      for (const [i, z] of value.entries()) counts[i % n]! += z;
      frequencies.forEach((p, i) => {
        const limit = FALSE_ALARM_Z * Math.sqrt((p * (1 - p)) / rows);
        expect(Math.abs(counts[i]! / rows - p), `element ${i}`).toBeLessThanOrEqual(limit + 1e-12);
      });
    },
  );

  test("fact 1: Hamming loss, its optimum as target and no noise are the perceptron rule", () => {
    const { inputs, outputs } = cases.find((c) => c.case === "fact1_topk")!;
    const layer = imle(kSubset(inputs.n, inputs.k), { noise: noNoise(), target: lossOptimum() });
    const z = layer.forward(Float64Array.from(inputs.theta));
    expect(Array.from(z.backward(Float64Array.from(inputs.y, (y) => 1 - 2 * y)))).toEqual(outputs.grad);
  });

  test("fact 2: the regret's optimum is the target −c", () => {
    const { inputs, outputs } = cases.find((c) => c.case === "fact2_topk")!;
    const layer = imle(kSubset(inputs.n, inputs.k), {
      noise: given([inputs.noise as unknown as number[]]),
      target: lossOptimum(),
    });
    const z = layer.forward(Float64Array.from(inputs.theta), rng(0));
    expectClose(z.backward(Float64Array.from(inputs.c)), outputs.grad, { rel: 1e-12, abs: 1e-12 });
  });
});

describe("imle", () => {
  const theta = Float64Array.of(0.1, 0.2, 0.3, 0.4);
  const g = Float64Array.of(1, 0, 0, -1);

  test("the gradient of one sample with binary states is in {−1, 0, 1}", () => {
    const z = imle(kSubset(4, 2), { scale: "none", target: perturbation({ lambda: 5 }) }).forward(
      theta,
      rng(0),
    );
    for (const x of z.backward(g)) expect([-1, 0, 1]).toContain(x);
  });

  test("blackBox is imle without noise", () => {
    const black = blackBox(kSubset(4, 2), { lambda: 3 }).forward(theta);
    const own = imle(kSubset(4, 2), { noise: noNoise(), target: perturbation({ lambda: 3 }) }).forward(theta);
    expect(black.value).toEqual(own.value);
    expect(black.backward(g)).toEqual(own.backward(g));
  });

  test("a central difference with step λ averages both sides", () => {
    const make = (options: object) =>
      imle(kSubset(4, 2), { noise: noNoise(), target: perturbation({ lambda: 3 }), ...options }).forward(
        theta,
      );
    const down = make({}).backward(g);
    const up = make({}).backward(g.map((x) => -x));
    const central = make({ difference: "central" }).backward(g);
    expectClose(
      central,
      down.map((x, i) => (x - up[i]!) / 2),
      { rel: 1e-12, abs: 0 },
    );
  });

  test("a temperature of the target of 0 leaves the noise out of the target's side", () => {
    const noise = given([[0, 0, 0, 10]]);
    const z = imle(kSubset(4, 1), { noise, temperature: { input: 1, target: 0 } }).forward(
      Float64Array.of(1, 0, 0, 0),
      rng(0),
    );
    expect(Array.from(z.value)).toEqual([0, 0, 0, 1]);
    expect(Array.from(z.backward(new Float64Array(4)))).toEqual([-1, 0, 0, 1]);
  });

  test("diagnostics tell why nothing moves", () => {
    const small = imle(kSubset(4, 2), { noise: noNoise(), target: perturbation({ lambda: 1e-6 }) }).forward(
      theta,
    );
    expect(small.diagnostics.zeroGradientShare).toBeNaN();
    small.backward(g);
    expect(small.diagnostics).toMatchObject({
      solverCalls: 2,
      zeroGradientShare: 1,
      meanHammingDistance: 0,
      lambda: 1e-6,
    });
    const large = imle(kSubset(4, 2), { noise: noNoise(), target: perturbation({ lambda: 10 }) }).forward(
      Float64Array.of(...theta, ...theta),
    );
    large.backward(Float64Array.of(0, 0, 0, 1, 0, 0, 0, 0));
    expect(large.diagnostics).toMatchObject({
      solverCalls: 4,
      zeroGradientShare: 0.5,
      meanHammingDistance: 1,
    });
  });

  test("the solver's own counts are part of the diagnostics", () => {
    const z = imle(gridPath(2, 2), { noise: given([[9, 0, 0, 0]]) }).forward(
      new Float64Array(4).fill(-1),
      rng(0),
    );
    expect(z.diagnostics.solver).toEqual({ clampedCosts: 1, solvedRows: 1 });
  });

  test("adaptive λ is each row's own, and learns from backward passes", () => {
    const target = adaptive({ beta: 0.5, step: 0.1, targetNonZeros: 1 });
    const layer = imle(kSubset(2, 1), { noise: noNoise(), target });
    const z = layer.forward(Float64Array.of(3, 4, 3, 4));
    const gradient = z.backward(Float64Array.of(-1, 0, -100, 0));
    // λ = 0.5 · 5 / ‖g‖: 2.5 and 0.025; both rows flip, by steps of the same length.
    expectClose(gradient, [-1 / 2.5, 1 / 2.5, -1 / 0.025, 1 / 0.025], { rel: 1e-12, abs: 0 });
    expectClose(z.diagnostics.lambda, (2.5 + 0.025) / 2, { rel: 1e-12, abs: 0 });
    // Two non-zero entries a sample are more than the wanted one.
    expect(target.state()).toEqual({ beta: 0.4, nonZeros: 0.9 * 1 + 0.1 * 2 });
    const copy = adaptive();
    copy.restore(target.state());
    expect(copy.state()).toEqual(target.state());
  });

  test("a row without a downstream gradient has none under any target", () => {
    for (const target of [perturbation(), adaptive(), lossOptimum()]) {
      const z = imle(kSubset(4, 2), { target }).forward(theta, rng(0));
      expect(Array.from(z.backward(new Float64Array(4)))).toEqual([0, 0, 0, 0]);
    }
  });

  test("steps of any size keep what does not change at 0", () => {
    for (const lambda of [5e-324, 1e-300, 1e300]) {
      const layer = imle(kSubset(2, 1), { noise: noNoise(), target: perturbation({ lambda }) });
      // Two ties: the smallest step already swaps the elements of the first row, and none those of the second.
      const gradient = layer.forward(Float64Array.of(0, 0, 0, 0)).backward(Float64Array.of(1, 0, 0, 1));
      const inverse = Math.min(1 / lambda, Number.MAX_VALUE);
      expect(Array.from(gradient)).toEqual([inverse, -inverse, 0, 0]);
    }
  });

  test("in single precision the largest gradient is that precision's own", () => {
    const target = perturbation({ lambda: 1e-40 });
    for (const difference of ["forward", "central"] as const) {
      const layer = imle(kSubset(2, 1), { noise: noNoise(), target, difference });
      const gradient = layer.forward(Float32Array.of(0, 0)).backward(Float32Array.of(1, 0));
      const largest = (2 - 2 ** -23) * 2 ** 127;
      const want = difference === "forward" ? largest : largest / 2;
      expect(Array.from(gradient)).toEqual([want, -want]);
    }
  });

  test("a target that says no step size has λ = 1, whatever another call left behind", () => {
    const mine: Target = {
      name: "mine",
      parameters(theta, gradient, out) {
        for (let i = 0; i < theta.length; i++) out[i] = theta[i]! - 10 * gradient[i]!;
      },
    };
    const halving: Target = {
      name: "halving",
      parameters(theta, gradient, out, lambda) {
        mine.parameters(theta, gradient, out);
        for (let row = 0; row < lambda!.length; row++) lambda![row]! /= 2;
      },
    };
    for (const [target, lambda] of [
      [mine, 1],
      [halving, 0.5],
    ] as const) {
      const layer = imle(kSubset(4, 2), { target, noise: noNoise(), samples: 2, average: true });
      for (let pass = 0; pass < 2; pass++) {
        const z = layer.forward(Float64Array.of(1, 2, 3, 4));
        expect(Array.from(z.backward(Float64Array.of(0, 0, 0, 1)))).toEqual([0, -1 / lambda, 0, 1 / lambda]);
        expect(z.diagnostics.lambda).toBe(lambda);
      }
    }
  });

  test("a step size that is none is an error that names the target", () => {
    for (const bad of [Number.NaN, -1]) {
      const target: Target = {
        name: "mine",
        parameters(theta, _gradient, out, lambda) {
          out.set(theta);
          lambda![1] = bad;
        },
      };
      const z = imle(kSubset(2, 1), { target, noise: noNoise() }).forward(new Float64Array(4));
      expect(() => z.backward(new Float64Array(4))).toThrow(
        new RangeError(`imle: lambda of target "mine" expected a number ≥ 0, got ${bad} in row 1`),
      );
    }
  });

  test("the Hamming distance is that from the states to their targets for either difference", () => {
    // One step back changes the state, one ahead does not.
    for (const difference of ["forward", "central"] as const) {
      const target = perturbation({ lambda: 10 });
      const z = imle(kSubset(3, 1), { noise: noNoise(), target, difference }).forward(
        Float64Array.of(1, 2, 3),
      );
      z.backward(Float64Array.of(0, 0, 1));
      expect(z.diagnostics.meanHammingDistance).toBe(2);
    }
    // And the other way round: the target is the state itself, though the gradient is not zero.
    const z = imle(kSubset(3, 1), {
      noise: noNoise(),
      target: perturbation({ lambda: 10 }),
      difference: "central",
    }).forward(Float64Array.of(1, 2, 3));
    expect(Array.from(z.backward(Float64Array.of(0, 0, -1)))).toEqual([0, 0.05, -0.05]);
    expect(z.diagnostics).toMatchObject({ meanHammingDistance: 0, zeroGradientShare: 0 });
  });

  test("blackBox complains about its own λ", () => {
    expect(() => blackBox(kSubset(2, 1), { lambda: -1 })).toThrow(
      "blackBox: lambda expected a finite number > 0, got -1",
    );
  });

  test("theta may change between forward and backward", () => {
    const layer = imle(kSubset(4, 2), { target: perturbation({ lambda: 4 }) });
    const mine = theta.slice();
    const z = layer.forward(mine, rng(3));
    mine.fill(0);
    expect(z.backward(g)).toEqual(layer.forward(theta, rng(3)).backward(g));
  });

  test("bad settings and bad input are clear errors", () => {
    const structure = kSubset(4, 2);
    expect(() => imle(structure, { lamda: 3 } as object)).toThrow(
      /imle: unknown option "lamda", expected noise, /,
    );
    expect(() => imle(structure, { temperature: -1 })).toThrow(
      "imle: temperature expected a finite number ≥ 0, got -1",
    );
    expect(() => imle(structure, { samples: 0 })).toThrow(RangeError);
    expect(() => imle(structure, { scale: "beta" as "none" })).toThrow(RangeError);
    expect(() => perturbation({ lambda: 0 })).toThrow(RangeError);
    expect(() => adaptive({ decay: 1 })).toThrow(RangeError);
    expect(() => imle(structure).forward(theta)).toThrow(/rng expected an Rng because sumOfGamma/);
    expect(() => imle(structure).forward(new Float64Array(5), rng(0))).toThrow(
      "imle: theta expected a multiple of 4 numbers, got 5",
    );
    const z = imle(structure).forward(theta, rng(0));
    expect(() => z.backward(new Float64Array(3))).toThrow("imle: cotangent expected length 4, got 3");
    expect(() => z.backward(Float64Array.of(0, Number.NaN, 0, 0))).toThrow(
      "imle: cotangent expected finite numbers, got NaN at 1",
    );
  });
});
