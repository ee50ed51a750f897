/** What a family's methods write, and whether it is the law that enumeration gives. */
import { expect } from "vitest";
import type { Truth } from "../src/conformance/enumerate.ts";
import type { ExponentialFamily } from "../src/contracts.ts";
import { sizeOf } from "../src/core/shape.ts";
import { expectClose } from "./golden.ts";

interface Tolerance {
  readonly rel: number;
  readonly abs: number;
}

/** The numbers that `f` writes into `size` zeros. */
export function vector(size: number, f: (out: Float64Array) => void): Float64Array {
  const out = new Float64Array(size);
  f(out);
  return out;
}

/** The one number that `f` writes. */
export function number(f: (out: Float64Array) => void): number {
  return vector(1, f)[0]!;
}

/** The row of a family's θ and z that `f` writes. */
export function row(family: ExponentialFamily<never>, f: (out: Float64Array) => void): Float64Array {
  return vector(sizeOf(family.shape), f);
}

/** Log-partition, entropy, marginals and their derivative along v are those of the enumerated states. */
export function expectLaw(
  family: ExponentialFamily<never>,
  theta: Float64Array,
  truth: Truth,
  v: Float64Array,
  tol: Tolerance,
  tolOfLogPartition: Tolerance = tol,
): void {
  const logZ = number((out) => family.logPartition(theta, out));
  expectClose(logZ, truth.logPartition, tolOfLogPartition, "logPartition");
  const entropy = number((out) => family.entropy(theta, out));
  expect(entropy).toBeGreaterThanOrEqual(0);
  expectClose(entropy, truth.entropy, tol, "entropy");
  const mu = row(family, (out) => family.marginals(theta, out));
  expectClose(mu, truth.marginals, tol, "marginals");
  const jvp = row(family, (out) => family.marginalsJvp(theta, v, out));
  expectClose(jvp, truth.jvp(v), tol, "jvp");
}
