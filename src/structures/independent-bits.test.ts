import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { independentBits } from "./independent-bits.ts";

familyConformance("independentBits(1)", () => independentBits(1));
familyConformance("independentBits(6)", () => independentBits(6));

interface Outputs {
  logPartition: number;
  marginals: number[];
  entropy: number;
  map: number[];
  jvp: number[];
  logMarginals: number[];
}

describe("independentBits", () => {
  for (const { case: name, inputs, outputs, tol } of golden<
    { theta: number[]; tau: number; v: number[] },
    Outputs
  >("binary")) {
    test(`golden ${name}`, () => {
      const theta = Float64Array.from(inputs.theta, (x) => x / inputs.tau);
      const n = theta.length;
      const family = independentBits(n);
      const vector = new Float64Array(n);
      const number = new Float64Array(1);
      family.marginals(theta, vector);
      expectClose(vector, outputs.marginals, tol, "marginals");
      family.marginalsJvp(
        theta,
        Float64Array.from(inputs.v, (x) => x / inputs.tau),
        vector,
      );
      expectClose(vector, outputs.jvp, tol, "jvp");
      family.map(theta, vector);
      expect(Array.from(vector)).toEqual(outputs.map);
      family.logPartition(theta, number);
      expectClose(number, [outputs.logPartition], tol, "logPartition");
      family.entropy(theta, number);
      expectClose(number, [outputs.entropy], tol, "entropy");
    });
  }

  test("no bits have one state", () => {
    const number = new Float64Array(1);
    independentBits(0).logPartition(new Float64Array(0), number);
    expect(number[0]).toBe(0);
    expect(Array.from(independentBits(0).states!())).toHaveLength(1);
  });

  test("an excluded bit is 0, without entropy", () => {
    const family = independentBits(2);
    const theta = Float64Array.of(-Infinity, 0);
    const number = new Float64Array(1);
    family.entropy(theta, number);
    expectClose(number, [Math.LN2], { rel: 1e-15, abs: 0 });
    family.logPartition(theta, number);
    expectClose(number, [Math.LN2], { rel: 1e-15, abs: 0 });
    const mu = new Float64Array(2);
    family.marginals(theta, mu);
    expect(Array.from(mu)).toEqual([0, 0.5]);
  });
});
