import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { independentBits } from "./independent-bits.ts";

familyConformance("independentBits(1)", () => independentBits(1));
familyConformance("independentBits(6)", () => independentBits(6));

familyConformance("independentBits(5) of length 4, one masked", () => independentBits(5), {
  context: { lengths: [4], mask: [1, 0, 1, 1, 1] },
});

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

  test("contexts differ from row to row, and what does not fit is an error that writes nothing", () => {
    const family = independentBits(2);
    const out = new Float64Array(4).fill(7);
    const map = (context: unknown) => () => family.map(new Float64Array(4).fill(1), out, context as object);
    expect(map(null)).toThrow("independentBits: context expected an object, got null");
    expect(map({ size: [1, 1] })).toThrow('unknown option "size" of context, expected lengths, mask');
    expect(map({ lengths: [1] })).toThrow("context.lengths expected 2 entries, got 1");
    expect(map({ lengths: [1, 3] })).toThrow("context.lengths of row 1 expected an integer in [0, 2], got 3");
    expect(map({ mask: [1, 0] })).toThrow(RangeError);
    expect(out.every((x) => x === 7)).toBe(true);
    map({ lengths: [1, 2], mask: [1, 1, 0, 1] })();
    expect(Array.from(out)).toEqual([1, 0, 0, 1]);
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
