import { expect, test } from "vitest";
import { rng } from "../../core/rng.ts";
import { orthonormalBasis } from "./orthonormal-basis.ts";

const normals = (seed: number, length: number): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};

test("of as many vectors as dimensions the projection is the identity", () => {
  const basis = orthonormalBasis(80);
  for (let v = 0; v < 80; v++) expect(basis.add(normals(v, 80))).toBe(true);
  expect(basis.add(normals(80, 80))).toBe(false);
  const [x, out] = [normals(81, 80), new Float64Array(80)];
  basis.project(x, out);
  for (let i = 0; i < 80; i++) expect(out[i]).toBeCloseTo(x[i]!, 12);
});

test("combinations of what is there, and nothing, are refused; what is across projects to 0", () => {
  const basis = orthonormalBasis(3);
  expect(basis.add(new Float64Array(3))).toBe(false);
  expect(basis.add(Float64Array.of(1, 1, 0))).toBe(true);
  expect(basis.add(Float64Array.of(1, 0, 0))).toBe(true);
  expect(basis.add(Float64Array.of(0.3, -5, 0))).toBe(false);
  const out = new Float64Array(3);
  basis.project(Float64Array.of(2, 3, 4), out);
  expect([...out].map((x) => Math.round(x * 1e12) / 1e12)).toStrictEqual([2, 3, 0]);
  basis.clear();
  basis.project(Float64Array.of(2, 3, 4), out);
  expect([...out]).toStrictEqual([0, 0, 0]);
});
