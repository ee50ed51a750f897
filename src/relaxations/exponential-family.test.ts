import { describe, expect, test } from "vitest";
import { enumerate } from "../../test/enumeration.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { cappedSimplexInfeasibility, relaxationConformance } from "../../test/relaxation-conformance.ts";
import type { ExponentialFamily } from "../contracts.ts";
import { categorical } from "../structures/categorical.ts";
import { independentBits } from "../structures/independent-bits.ts";
import { kSubset } from "../structures/k-subset.ts";
import { exponentialFamily } from "./exponential-family.ts";

const box = (x: Float64Array): number => Math.max(...x.map((p) => Math.max(-p, p - 1)));

describe("exponentialFamily", () => {
  relaxationConformance("exponentialFamily(kSubset(6, 2))", () => exponentialFamily(kSubset(6, 2)), {
    infeasibility: (x) => cappedSimplexInfeasibility(x, 2),
    uniform: new Float64Array(6).fill(1 / 3),
  });
  relaxationConformance("exponentialFamily(categorical(4))", () => exponentialFamily(categorical(4)), {
    infeasibility: (x) => cappedSimplexInfeasibility(x, 1),
    uniform: new Float64Array(4).fill(1 / 4),
  });
  relaxationConformance(
    "exponentialFamily(independentBits(3))",
    () => exponentialFamily(independentBits(3)),
    {
      infeasibility: box,
      uniform: new Float64Array(3).fill(1 / 2),
    },
  );

  for (const { case: title, inputs, outputs, tol } of golden<
    { n: number; k: number; tau: number; theta: number[]; v: number[] },
    { marginals: number[]; jvp: number[] }
  >("ksubset")) {
    test(`agrees with the golden vector ${title} of k-subsets`, () => {
      const relaxation = exponentialFamily(kSubset(inputs.n, inputs.k));
      const u = Float64Array.from(inputs.theta);
      const out = new Float64Array(inputs.n);
      relaxation.relax(u, inputs.tau, out);
      expectClose(out, outputs.marginals, tol, "marginals");
      relaxation.vjp(u, inputs.tau, Float64Array.from(inputs.v), out);
      expectClose(out, outputs.jvp, tol, "jvp");
    });
  }

  test("value and product are the mean and the covariance by enumeration, divided by the temperature", () => {
    const family = kSubset(5, 2);
    const relaxation = exponentialFamily(family);
    const u = Float64Array.of(0.3, -1, 2, 0.1, -0.4);
    const g = Float64Array.of(1, 2, -1, 0.5, 3);
    const truth = enumerate(
      family,
      u.map((x) => x / 0.4),
    );
    const out = new Float64Array(5);
    relaxation.relax(u, 0.4, out);
    expectClose(out, truth.marginals, { rel: 1e-12, abs: 1e-14 });
    relaxation.vjp(u, 0.4, g, out);
    expectClose(
      out,
      truth.jvp(g).map((x) => x / 0.4),
      { rel: 1e-11, abs: 1e-13 },
    );
  });

  test("the family's context is passed on", () => {
    const x = new Float64Array(3);
    exponentialFamily(kSubset(3, 2)).relax(new Float64Array(3), 1, x, { k: [1], lengths: [2] });
    expectClose(x, [0.5, 0.5, 0], { rel: 1e-14, abs: 0 });
  });

  test("a structure without exact inference is an error", () => {
    const structure = { name: "mine", shape: [2], map: () => {} };
    expect(() => exponentialFamily(structure as unknown as ExponentialFamily)).toThrow(TypeError);
  });
});
