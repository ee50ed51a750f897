import { expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import type { Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { kSubset } from "../structures/k-subset.ts";
import { linearChain } from "../structures/linear-chain.ts";
import { matching } from "../structures/matching.ts";
import { structuredSvm } from "./structured-svm.ts";

const normals = (seed: number, length: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};

test("is the hinge over all states, with its derivative", () => {
  for (const structure of [kSubset(6, 2), linearChain(3, 2), matching(3)] as Structure[]) {
    const size = structure.shape.reduce((a, b) => a * b, 1);
    for (const margin of [0, 0.3, 2]) {
      const theta = normals(3, size);
      const { states } = enumerate(structure, theta);
      const y = states[1]!;
      const at = (t: Float64Array): number =>
        Math.max(
          ...states.map((z) => dot(z, t) + margin * z.reduce((sum, x, i) => sum + Math.abs(x - y[i]!), 0)),
        ) - dot(y, t);
      const { value, gradient } = structuredSvm(structure, { margin })(theta, y);
      expectClose(value, [at(theta)], { rel: 1e-12, abs: 1e-12 });
      for (let i = 0; i < size; i++) {
        const [ahead, behind] = [1e-6, -1e-6].map((h) => at(theta.map((x, j) => (i === j ? x + h : x))));
        expectClose(gradient[i]!, (ahead! - behind!) / 2e-6, { rel: 0, abs: 1e-8 }, `${structure.name} ${i}`);
      }
    }
  }
});

test("is exactly 0 for a target that leads by its margin; rows, contexts and excluded elements", () => {
  const loss = structuredSvm(kSubset(3, 1));
  const { value, gradient } = loss(
    Float32Array.of(5, 0.1, 0.2, -Infinity, 2, 5, 1, 1, 9),
    Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 0),
    { k: [1, 1, 0] },
  );
  expectClose(value, [0, 5, 0], { rel: 1e-6, abs: 0 });
  expect(value[0]).toBe(0);
  expect(gradient).toEqual(Float32Array.of(0, 0, 0, 0, -1, 1, 0, 0, 0));
  expect(loss(Float64Array.of(-Infinity, 2, 5), Float64Array.of(1, 0, 0)).value[0]).toBe(Infinity);
});

test("bad margins, targets and structures are errors", () => {
  const [theta, y] = [new Float64Array(3), Float64Array.of(1, 0, 0)];
  expect(() => structuredSvm(kSubset(3, 1), { margin: -1 })).toThrow(RangeError);
  expect(() => structuredSvm(kSubset(3, 1), { slack: 1 } as object)).toThrow(TypeError);
  expect(() => structuredSvm(null as unknown as Structure)).toThrow("structuredSvm: structure expected");
  expect(() =>
    structuredSvm(kSubset(3, 1))(
      theta,
      y.map((x) => x / 2),
    ),
  ).toThrow("structuredSvm: y expected zeros and ones, got 0.5 at 0");
  expect(() => structuredSvm(kSubset(3, 1))(theta, new Float64Array(4))).toThrow(RangeError);
});
