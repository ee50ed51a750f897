/** Structures along a line, against the textbook recursion in the log domain. Items are rows. */
import type { ExponentialFamily } from "../../src/contracts.ts";
import { rng } from "../../src/core/rng.ts";
import { correlatedKSubset } from "../../src/structures/correlated-k-subset.ts";
import { knapsack } from "../../src/structures/knapsack.ts";
import { linearChain } from "../../src/structures/linear-chain.ts";
import type { BenchCase } from "../case.ts";

const ROWS = 8;
const key = rng(1);
const normals = (length: number): Float64Array => Float64Array.from({ length }, () => key.normal());

function casesOf(
  label: string,
  family: ExponentialFamily<never>,
  logDomain: (theta: Float64Array, mu: Float64Array) => void,
): BenchCase[] {
  const size = family.shape[0]!;
  const theta = normals(ROWS * size);
  const direction = normals(ROWS * size);
  const out = new Float64Array(ROWS * size);
  const rows = new Float64Array(ROWS);
  const one = theta.slice(0, size);
  const name = `${family.name} marginals ${label}`;
  const peer = {
    name: "log domain",
    run(): void {
      for (let row = 0; row < ROWS; row++) logDomain(one, out);
    },
  };
  const method = (what: string, run: () => void): BenchCase => ({
    name: `${family.name} ${what} ${label}`,
    items: ROWS,
    run,
  });
  return [
    method("map", () => family.map(theta, out)),
    { name, items: ROWS, peer, run: () => family.marginals(theta, out) },
    method("marginalsJvp", () => family.marginalsJvp(theta, direction, out)),
    method("entropy", () => family.entropy(theta, rows)),
    method("sample", () => family.sample(theta, key, out)),
  ];
}

const logAddExp = (a: number, b: number): number => {
  const top = Math.max(a, b);
  return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top));
};

/** Forward and backward log-sums over (item, capacity used). */
function knapsackInLogDomain(weights: readonly number[], capacity: number) {
  const n = weights.length;
  const stride = capacity + 1;
  const before = new Float64Array((n + 1) * stride);
  const after = new Float64Array((n + 1) * stride);
  return (theta: Float64Array, mu: Float64Array): void => {
    before.fill(-Infinity, 0, stride);
    before[0] = 0;
    for (let i = 0; i < n; i++) {
      for (let c = 0; c <= capacity; c++) {
        const without = before[i * stride + c]!;
        const w = weights[i]!;
        before[(i + 1) * stride + c] =
          c < w ? without : logAddExp(without, theta[i]! + before[i * stride + c - w]!);
      }
    }
    after.fill(0, n * stride);
    for (let i = n - 1; i >= 0; i--) {
      const w = weights[i]!;
      for (let c = 0; c <= capacity; c++) {
        const without = after[(i + 1) * stride + c]!;
        after[i * stride + c] =
          c + w > capacity ? without : logAddExp(without, theta[i]! + after[(i + 1) * stride + c + w]!);
      }
    }
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let c = 0; c + weights[i]! <= capacity; c++) {
        sum += Math.exp(
          before[i * stride + c]! + theta[i]! + after[(i + 1) * stride + c + weights[i]!]! - after[0]!,
        );
      }
      mu[i] = sum;
    }
  };
}

/** Forward and backward log-sums over (position, bit, count). */
function correlatedInLogDomain(n: number, k: number) {
  const stride = k + 1;
  const before = new Float64Array(n * 2 * stride);
  const after = new Float64Array(n * 2 * stride);
  const at = (i: number, bit: number, count: number): number => (2 * i + bit) * stride + count;
  return (theta: Float64Array, mu: Float64Array): void => {
    before.fill(-Infinity);
    after.fill(-Infinity);
    before[at(0, 0, 0)] = 0;
    if (k > 0) before[at(0, 1, 1)] = theta[0]!;
    for (let i = 1; i < n; i++) {
      for (let c = 0; c <= k; c++) {
        before[at(i, 0, c)] = logAddExp(before[at(i - 1, 0, c)]!, before[at(i - 1, 1, c)]!);
        if (c === 0) continue;
        const joined = before[at(i - 1, 1, c - 1)]! + theta[n + i - 1]!;
        before[at(i, 1, c)] = theta[i]! + logAddExp(before[at(i - 1, 0, c - 1)]!, joined);
      }
    }
    after[at(n - 1, 0, k)] = 0;
    after[at(n - 1, 1, k)] = 0;
    for (let i = n - 2; i >= 0; i--) {
      for (let c = 0; c <= k; c++) {
        const zero = after[at(i + 1, 0, c)]!;
        const one = c === k ? -Infinity : theta[i + 1]! + after[at(i + 1, 1, c + 1)]!;
        after[at(i, 0, c)] = logAddExp(zero, one);
        after[at(i, 1, c)] = logAddExp(zero, one + theta[n + i]!);
      }
    }
    const total = logAddExp(before[at(n - 1, 0, k)]!, before[at(n - 1, 1, k)]!);
    for (let i = 0; i < n; i++) {
      let bit = 0;
      let product = 0;
      for (let c = 1; c <= k; c++) {
        bit += Math.exp(before[at(i, 1, c)]! + after[at(i, 1, c)]! - total);
        if (i + 1 === n || c === k) continue;
        const both = theta[n + i]! + theta[i + 1]! + after[at(i + 1, 1, c + 1)]!;
        product += Math.exp(before[at(i, 1, c)]! + both - total);
      }
      mu[i] = bit;
      if (i + 1 < n) mu[n + i] = product;
    }
  };
}

/** Forward–backward with log-sum-exp. */
function chainInLogDomain(length: number, labels: number) {
  const before = new Float64Array(length * labels);
  const after = new Float64Array(length * labels);
  const edge = (t: number, from: number, to: number): number =>
    length * labels + (t * labels + from) * labels + to;
  return (theta: Float64Array, mu: Float64Array): void => {
    for (let j = 0; j < labels; j++) before[j] = theta[j]!;
    for (let t = 1; t < length; t++) {
      for (let j = 0; j < labels; j++) {
        let top = -Infinity;
        for (let i = 0; i < labels; i++) {
          top = Math.max(top, before[(t - 1) * labels + i]! + theta[edge(t - 1, i, j)]!);
        }
        let sum = 0;
        for (let i = 0; i < labels; i++) {
          sum += Math.exp(before[(t - 1) * labels + i]! + theta[edge(t - 1, i, j)]! - top);
        }
        before[t * labels + j] = theta[t * labels + j]! + top + Math.log(sum);
      }
    }
    after.fill(0, (length - 1) * labels);
    for (let t = length - 2; t >= 0; t--) {
      for (let i = 0; i < labels; i++) {
        let top = -Infinity;
        const score = (j: number): number =>
          theta[edge(t, i, j)]! + theta[(t + 1) * labels + j]! + after[(t + 1) * labels + j]!;
        for (let j = 0; j < labels; j++) top = Math.max(top, score(j));
        let sum = 0;
        for (let j = 0; j < labels; j++) sum += Math.exp(score(j) - top);
        after[t * labels + i] = top + Math.log(sum);
      }
    }
    let total = -Infinity;
    for (let j = 0; j < labels; j++) total = logAddExp(total, theta[j]! + after[j]!);
    for (let t = 0; t < length; t++) {
      for (let i = 0; i < labels; i++) {
        const here = t * labels + i;
        mu[here] = Math.exp(before[here]! + after[here]! - total);
        for (let j = 0; t + 1 < length && j < labels; j++) {
          const to = here - i + labels + j;
          mu[edge(t, i, j)] = Math.exp(
            before[here]! + theta[edge(t, i, j)]! + theta[to]! + after[to]! - total,
          );
        }
      }
    }
  };
}

const weights = Array.from({ length: 100 }, () => 1 + Math.floor(key.uniform() * 40));

export const cases: readonly BenchCase[] = [
  ...casesOf("n=350 k=10", correlatedKSubset(350, 10), correlatedInLogDomain(350, 10)),
  ...casesOf("n=100 k=50", correlatedKSubset(100, 50), correlatedInLogDomain(100, 50)),
  ...casesOf("length=50 labels=20", linearChain(50, 20), chainInLogDomain(50, 20)),
  ...casesOf("length=100 labels=4", linearChain(100, 4), chainInLogDomain(100, 4)),
  ...casesOf("n=100 capacity=1000", knapsack(weights, 1000), knapsackInLogDomain(weights, 1000)),
];
