/** The structures along a line against each other and against identities, at sizes that nobody can enumerate. */
import { describe, expect, test } from "vitest";
import { dot } from "../src/conformance/enumerate.ts";
import type { ExponentialFamily, FloatArray } from "../src/contracts.ts";
import { rng } from "../src/core/rng.ts";
import { correlatedKSubset } from "../src/structures/correlated-k-subset.ts";
import { independentBits } from "../src/structures/independent-bits.ts";
import { kSubset } from "../src/structures/k-subset.ts";
import { knapsack } from "../src/structures/knapsack.ts";
import { linearChain } from "../src/structures/linear-chain.ts";
import { expectClose } from "./golden.ts";
import { FALSE_ALARM_Z } from "./statistics.ts";

type Family = ExponentialFamily<never>;
const normals = (length: number, seed: number, scale = 1): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => scale * r.normal());
};
const logZ = (family: Family, theta: FloatArray): number => {
  const out = new Float64Array(1);
  family.logPartition(theta, out);
  return out[0]!;
};
const entropyOf = (family: Family, theta: FloatArray): number => {
  const out = new Float64Array(1);
  family.entropy(theta, out);
  return out[0]!;
};
const marginals = (family: Family, theta: FloatArray): Float64Array => {
  const mu = new Float64Array(theta.length);
  family.marginals(theta, mu);
  return mu;
};
const jvp = (family: Family, theta: FloatArray, v: FloatArray): Float64Array => {
  const out = new Float64Array(theta.length);
  family.marginalsJvp(theta, v, out);
  return out;
};
const plus = (a: Float64Array, s: number, b: Float64Array): Float64Array => a.map((x, i) => x + s * b[i]!);
const logSumExp = (xs: readonly number[]): number => {
  const top = Math.max(...xs);
  return top + Math.log(xs.reduce((sum, x) => sum + Math.exp(x - top), 0));
};
/** A mixture of laws with these log-weights: means of a vector of each. */
const mixture = (logWeights: readonly number[], vectors: readonly Float64Array[]): Float64Array => {
  const total = logSumExp(logWeights);
  const out = new Float64Array(vectors[0]!.length);
  vectors.forEach((v, s) => {
    const p = Math.exp(logWeights[s]! - total);
    for (let i = 0; i < out.length; i++) out[i]! += p * v[i]!;
  });
  return out;
};
const weights = Array.from({ length: 40 }, (_, i) => 3 + ((i * 7) % 23));
const TOLERANCE = { rel: 1e-10, abs: 1e-12 };

describe("one structure is another where it must be", () => {
  test("without products, a correlated k-subset is a k-subset", () => {
    const [n, k] = [200, 37];
    const elements = normals(n, 1, 2);
    const v = normals(n, 2);
    const widen = (a: Float64Array) => Float64Array.from({ length: 2 * n - 1 }, (_, i) => a[i] ?? 0);
    const [ours, theirs] = [correlatedKSubset(n, k), kSubset(n, k)];
    const theta = widen(elements);
    expectClose(logZ(ours, theta), logZ(theirs, elements), TOLERANCE);
    expectClose(entropyOf(ours, theta), entropyOf(theirs, elements), TOLERANCE);
    expectClose(marginals(ours, theta).slice(0, n), marginals(theirs, elements), TOLERANCE);
    expectClose(jvp(ours, theta, widen(v)).slice(0, n), jvp(theirs, elements, v), TOLERANCE);
    const z = new Float64Array(2 * n - 1);
    const same = new Float64Array(n);
    ours.map(theta, z);
    theirs.map(elements, same);
    expect(z.slice(0, n)).toEqual(same);
  });

  test("the correlated subsets of all sizes are a chain of two labels", () => {
    const n = 50;
    const theta = normals(2 * n - 1, 3, 1.5);
    const chain = linearChain(n, 2);
    const chainTheta = new Float64Array(2 * n + 4 * (n - 1));
    for (let i = 0; i < n; i++) chainTheta[2 * i + 1] = theta[i]!;
    for (let i = 0; i < n - 1; i++) chainTheta[2 * n + 4 * i + 3] = theta[n + i]!;
    const sizes = Array.from({ length: n + 1 }, (_, k) => correlatedKSubset(n, k));
    const parts = sizes.map((family) => logZ(family, theta));
    const total = logZ(chain, chainTheta);
    expectClose(logSumExp(parts), total, TOLERANCE);
    const mean = mixture(
      parts,
      sizes.map((family) => marginals(family, theta)),
    );
    const mu = marginals(chain, chainTheta);
    const ones = Float64Array.from(theta, (_, i) => mu[i < n ? 2 * i + 1 : 2 * n + 4 * (i - n) + 3]!);
    expectClose(mean, ones, TOLERANCE);
    // H(z) = H(size) + E[H(z | size)].
    const shares = parts.map((part) => Math.exp(part - total));
    const inner = sizes.map((family) => entropyOf(family, theta));
    const outer = shares.reduce((sum, p, k) => sum + p * (inner[k]! - Math.log(p)), 0);
    expectClose(entropyOf(chain, chainTheta), outer, TOLERANCE);
  });

  test("a knapsack of unit weights holds the k-subsets up to its capacity", () => {
    const [n, capacity] = [60, 17];
    const theta = normals(n, 4, 2);
    const sizes = Array.from({ length: capacity + 1 }, (_, k) => kSubset(n, k));
    const parts = sizes.map((family) => logZ(family, theta));
    const sack = knapsack(Array(n).fill(1), capacity);
    expectClose(logZ(sack, theta), logSumExp(parts), TOLERANCE);
    const mean = mixture(
      parts,
      sizes.map((family) => marginals(family, theta)),
    );
    expectClose(marginals(sack, theta), mean, TOLERANCE);
  });

  test("a knapsack with room for everything is independent bits", () => {
    const theta = normals(40, 5, 3);
    const v = normals(40, 6);
    const [sack, bits] = [knapsack(weights, 1e9), independentBits(40)];
    expectClose(logZ(sack, theta), logZ(bits, theta), TOLERANCE);
    expectClose(entropyOf(sack, theta), entropyOf(bits, theta), TOLERANCE);
    expectClose(marginals(sack, theta), marginals(bits, theta), TOLERANCE);
    expectClose(jvp(sack, theta, v), jvp(bits, theta, v), TOLERANCE);
  });

  test("where neighbours exclude each other, C(n − k + 1, k) subsets are left", () => {
    const [n, k] = [500, 100];
    const theta = new Float64Array(2 * n - 1).fill(-Infinity, n);
    let count = 0;
    for (let i = 1; i <= k; i++) count += Math.log(n - 2 * k + 1 + i) - Math.log(i);
    const family = correlatedKSubset(n, k);
    expectClose(logZ(family, theta), count, { rel: 1e-12, abs: 0 });
    expectClose(entropyOf(family, theta), count, { rel: 1e-12, abs: 0 });
    expect(marginals(family, theta).slice(n)).toEqual(new Float64Array(n - 1));
  });
});

describe.each<[string, Family]>([
  ["correlatedKSubset(80, 12)", correlatedKSubset(80, 12)],
  ["correlatedKSubset(60, 45)", correlatedKSubset(60, 45)],
  ["linearChain(25, 6)", linearChain(25, 6)],
  ["knapsack of 40 items", knapsack(weights, 150)],
])("%s", (_, family) => {
  const size = family.shape[0]!;
  const theta = normals(size, 7, 1.5);
  const mu = marginals(family, theta);

  test("marginals are the gradient of the log-partition function", () => {
    for (let seed = 8; seed < 12; seed++) {
      const v = normals(size, seed);
      const h = 1e-5;
      const slope = (logZ(family, plus(theta, h, v)) - logZ(family, plus(theta, -h, v))) / (2 * h);
      // Rounding 1e-14 / h and a third derivative of some thousands times h².
      expectClose(dot(mu, v), slope, { rel: 1e-7, abs: 1e-6 });
    }
  });

  test("the Jacobian product is the derivative of the marginals, and its quadratic form a variance", () => {
    for (let seed = 12; seed < 15; seed++) {
      const v = normals(size, seed);
      const h = 1e-5;
      const [up, down] = [marginals(family, plus(theta, h, v)), marginals(family, plus(theta, -h, v))];
      const slope = up.map((x, i) => (x - down[i]!) / (2 * h));
      const exact = jvp(family, theta, v);
      expectClose(exact, slope, { rel: 1e-6, abs: 1e-6 });
      expect(dot(exact, v)).toBeGreaterThan(0);
    }
  });

  test("entropy is log Z − ⟨μ, θ⟩ where that does not cancel", () => {
    expectClose(entropyOf(family, theta), logZ(family, theta) - dot(mu, theta), { rel: 1e-10, abs: 0 });
  });

  test("at low temperature the law is the MAP state, and the entropy 0", () => {
    const z = new Float64Array(size);
    family.map(theta, z);
    const cold = theta.map((x) => x * 6e4);
    expectClose(marginals(family, cold), z, { rel: 0, abs: 1e-9 });
    expectClose(logZ(family, cold), dot(z, cold), { rel: 1e-14, abs: 0 });
    const entropy = entropyOf(family, cold);
    expect(entropy).toBeGreaterThanOrEqual(0);
    expect(entropy).toBeLessThan(1e-7);
    const hot = theta.map((x) => x * 30);
    expect(entropyOf(family, hot)).toBeGreaterThan(0);
  });

  test("samples have the law's marginals, and its entropy as their mean surprise", () => {
    const draws = 2000;
    const batch = new Float64Array(draws * size);
    for (let i = 0; i < draws; i++) batch.set(theta, i * size);
    const z = new Float64Array(draws * size);
    family.sample(batch, rng(16), z);
    const counts = new Float64Array(size);
    for (let i = 0; i < z.length; i++) counts[i % size]! += z[i]!;
    counts.forEach((count, i) => {
      const p = mu[i]!;
      // A normal bound, and room for the Poisson tail of rare entries.
      expect(Math.abs(count - draws * p)).toBeLessThan(FALSE_ALARM_Z * Math.sqrt(draws * p * (1 - p)) + 15);
    });
    const logp = new Float64Array(draws);
    family.logProbability(batch, z, logp);
    const mean = logp.reduce((a, b) => a + b, 0) / draws;
    const variance = logp.reduce((a, b) => a + (b - mean) ** 2, 0) / (draws - 1);
    expect(Math.abs(mean + entropyOf(family, theta))).toBeLessThan(
      FALSE_ALARM_Z * Math.sqrt(variance / draws),
    );
  });
});
