import fc from "fast-check";
import { expect, test } from "vitest";
import { expectClose, golden } from "../../test/golden.ts";
import { hamming } from "./hamming.ts";
import { regret } from "./regret.ts";

interface LossCase {
  readonly z: number[];
  readonly y: number[];
  readonly c: number[];
}

const cases = golden<LossCase, Record<string, number & number[]>>("imle");

test("hamming and regret agree with the golden vectors", () => {
  const { inputs, outputs, tol } = cases.find((c) => c.case === "losses")!;
  const z = Float64Array.from(inputs.z);
  const h = hamming(z, Float64Array.from(inputs.y), z.length);
  expectClose(h.value, [outputs.hamming!], tol);
  expectClose(h.gradient, outputs.hammingGrad!, tol);
  // The vector's regret is against the best 3-subset under c.
  const c = Float64Array.from(inputs.c);
  const best = c.map((x) => (x <= Float64Array.from(c).sort()[2]! ? 1 : 0));
  const r = regret(z, best, c, z.length);
  expectClose(r.value, [outputs.regret!], tol);
  expectClose(r.gradient, outputs.regretGrad!, tol);
});

test("the gradients are those of the two facts about Equation (12)", () => {
  const fact1 = cases.find((c) => c.case === "fact1_topk")!;
  const y = Float64Array.from(fact1.inputs.y);
  expectClose(hamming(y, y, y.length).gradient, fact1.outputs.g!, fact1.tol);
  const fact2 = cases.find((c) => c.case === "fact2_topk")!;
  const [z, best] = ["z", "zStar"].map((key) => Float64Array.from(fact2.outputs[key]!)) as [
    Float64Array,
    Float64Array,
  ];
  const r = regret(z, best, Float64Array.from(fact2.inputs.c), z.length);
  expectClose(r.value, [fact2.outputs.regret!], fact2.tol);
  expectClose(r.gradient, fact2.outputs.g!, fact2.tol);
});

test("hamming counts the entries that differ, and both losses are linear with their gradient", () => {
  const bits = fc.array(fc.constantFrom(0, 1), { minLength: 12, maxLength: 12 });
  const reals = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(bits, bits, reals, (a, b, c) => {
      const [z, y, cost] = [a, b, c].map((x) => Float64Array.from(x)) as Float64Array[];
      const h = hamming(z!, y!, 4);
      const r = regret(z!, y!, cost!, 4);
      for (let row = 0; row < 3; row++) {
        const at = [0, 1, 2, 3].map((i) => 4 * row + i);
        expect(h.value[row]).toBe(at.filter((i) => z![i] !== y![i]).length);
        const moved = at.reduce((sum, i) => sum + r.gradient[i]! * (z![i]! - y![i]!), 0);
        expectClose(r.value[row]!, moved, { rel: 1e-12, abs: 1e-12 });
      }
    }),
    { seed: 1 },
  );
});

test("a row of targets serves all samples of its row", () => {
  const z = Float32Array.of(1, 0, 0, 1, 1, 0, 0, 1);
  const y = Float32Array.of(1, 0, 0, 1);
  const { value, gradient } = hamming(z, y, 2);
  expect(Array.from(value)).toEqual([0, 2, 2, 0]);
  expect(gradient).toEqual(Float32Array.of(-1, 1, -1, 1, 1, -1, 1, -1));
  expect(Array.from(regret(z, y, Float32Array.of(1, 3, 3, 1), 2).value)).toEqual([0, 2, 2, 0]);
});

test("NaN and infinity are errors that say where", () => {
  const [z, y] = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
  for (const bad of [Number.NaN, Infinity, -Infinity]) {
    const broken = Float64Array.of(0, bad);
    for (const loss of [hamming, (a: Float64Array, b: Float64Array, n: number) => regret(a, b, y, n)]) {
      expect(() => loss(broken, y, 2)).toThrow(`z expected finite numbers, got ${bad} at 1`);
      expect(() => loss(z, broken, 2)).toThrow(`y expected finite numbers, got ${bad} at 1`);
    }
    if (bad === Infinity) continue;
    expect(() => regret(z, y, broken, 2)).toThrow(
      `regret: cost expected finite numbers or Infinity, got ${bad} at 1`,
    );
  }
});

test("a cost of +Infinity excludes an element: its regret is 0 unless the state has it, its gradient always", () => {
  const cost = Float64Array.of(1, Infinity, 3);
  const y = Float64Array.of(1, 0, 0);
  const z = Float64Array.of(1, 0, 0, 0, 0, 1, 0, 1, 0);
  const { value, gradient } = regret(z, y, cost, 3);
  expect(Array.from(value)).toEqual([0, 2, Infinity]);
  expect(Array.from(gradient)).toEqual([1, 0, 3, 1, 0, 3, 1, 0, 3]);
  expect(() => regret(y, Float64Array.of(0, 1, 0), cost, 3)).toThrow(
    "regret: y expected a state of finite cost, got one with the excluded element 1 in row 0",
  );
});

test("no rows have no losses", () => {
  const none = new Float64Array(0);
  expect(hamming(none, none, 3)).toEqual({ value: none, gradient: none });
  expect(regret(none, none, none, 0).value.length).toBe(0);
});

test("arrays of the wrong kind or length are refused", () => {
  const z = new Float64Array(6);
  expect(() => hamming(z, [0, 0] as unknown as Float64Array, 3)).toThrow(TypeError);
  expect(() => hamming(z, new Float64Array(5), 3)).toThrow(
    "hamming: y expected a multiple of 3 numbers, got 5",
  );
  expect(() => hamming(z, new Float64Array(9), 3)).toThrow(RangeError);
  expect(() => hamming(z, new Float64Array(0), 3)).toThrow(RangeError);
  expect(() => regret(z, z, new Float64Array(3), 3)).toThrow("regret: cost expected length 6, got 3");
  for (const size of [-3, 1.5, Number.NaN]) expect(() => hamming(z, z, size)).toThrow(RangeError);
  expect(() => hamming(z, z, "3" as unknown as number)).toThrow(
    "hamming: size expected a number, got String",
  );
});
