/**
 * What Newton's steps to a doubly stochastic matrix take, and prices to begin with: src/algorithms/assignments/birkhoff-point.ts and
 * src/algorithms/graphs explain them. Two lanes are two numbers of a row.
 */
import { firstOf } from "./matrix-vector";
import { addTo, get, sumOf } from "./pairs";

/** Floyd and Warshall's distances over an n × n matrix, n > 1. */
export function shortestDistances(matrix: usize, n: i32): void {
  const size = <usize>n << 3;
  const pairs = <usize>(n & ~1) << 3;
  const end = matrix + size * n;
  let column: usize = 0;
  for (let via = matrix; via < end; via += size, column += 8) {
    for (let row = matrix; row < end; row += size) {
      const first = v128.load_splat<f64>(row + column);
      let at: usize = 0;
      do {
        v128.store(row + at, f64x2.pmin(v128.load(row + at), f64x2.add(first, v128.load(via + at))));
        at += 16;
      } while (at < pairs);
      if (n & 1) {
        v128.store64_lane(row + at, f64x2.pmin(firstOf(row + at), f64x2.add(first, firstOf(via + at))), 0);
      }
    }
  }
}

/**
 * Solves the Laplacian system of rows with weights (X Xᵀ)_ik for b, which is overwritten, n > 1. `columns` has room for n rows of n + 7
 * numbers, `weights` for n² + 8.
 */
export function rowPotentials(
  plan: usize,
  n: i32,
  b: usize,
  floor: f64,
  columns: usize,
  weights: usize,
  x: usize,
): void {
  const size = <usize>n << 3;
  const stride = <usize>((n + 7) & ~7) << 3;
  for (let i: usize = 0, from = plan; i < size; i += 8) {
    let to = columns + i;
    const end = from + size;
    do {
      store<f64>(to, load<f64>(from));
      from += 8, to += stride;
    } while (from < end);
  }
  const zero = f64x2.splat(0);
  // A row's end runs over into the next, which is written after it.
  for (let i: usize = 8; i < size; i += 8) {
    const row = plan + i * n;
    const end = row + size;
    for (let k: usize = 0; k < i; k += 64) {
      let s0 = zero;
      let s1 = zero;
      let s2 = zero;
      let s3 = zero;
      let at = row;
      let from = columns + k;
      do {
        const value = v128.load_splat<f64>(at);
        s0 = f64x2.add(s0, f64x2.mul(value, v128.load(from)));
        s1 = f64x2.add(s1, f64x2.mul(value, v128.load(from, 16)));
        s2 = f64x2.add(s2, f64x2.mul(value, v128.load(from, 32)));
        s3 = f64x2.add(s3, f64x2.mul(value, v128.load(from, 48)));
        at += 8, from += stride;
      } while (at < end);
      const to = weights + i * n + k;
      v128.store(to, s0);
      v128.store(to, s1, 16);
      v128.store(to, s2, 32);
      v128.store(to, s3, 48);
    }
  }
  solveLaplacian(weights, b, x, size, floor);
}

/** src/algorithms/graphs/laplacian.ts; `size` is that of a row in bytes. */
function solveLaplacian(weights: usize, b: usize, x: usize, size: usize, floor: f64): void {
  for (let p = size - 8; p > 0; p -= 8) {
    const row = weights + (p >> 3) * size;
    let degree: f64 = 0;
    for (let k: usize = 0; k < p; k += 8) degree += load<f64>(row + k);
    store<f64>(row + p, degree);
    if (degree <= floor) continue;
    const excess = load<f64>(b + p) / degree;
    let to = weights;
    for (let i: usize = 0; i < p; i += 8, to += size) {
      const weight = load<f64>(row + i);
      const factor = weight / degree;
      if (factor == 0) continue;
      store<f64>(b + i, load<f64>(b + i) + weight * excess);
      const factors = f64x2.splat(factor);
      // An odd one runs over into the diagonal, which is written after it.
      for (let k: usize = 0; k < i; k += 16) {
        v128.store(to + k, f64x2.add(v128.load(to + k), f64x2.mul(factors, v128.load(row + k))));
      }
    }
  }
  goBack(weights, b, 8, x, size, floor);
}

/** x of what was eliminated; `step` is in bytes. */
function goBack(weights: usize, b: usize, step: usize, x: usize, size: usize, floor: f64): void {
  store<f64>(x, 0);
  for (let p: usize = 8, row = weights + size; p < size; p += 8, row += size) {
    b += step;
    const degree = load<f64>(row + p);
    let sum = load<f64>(b);
    for (let k: usize = 0; k < p; k += 8) sum += load<f64>(row + k) * load<f64>(x + k);
    store<f64>(x + p, degree > floor ? sum / degree : 0);
  }
}

/**
 * Solves the Laplacian system of rows with weights (X Xᵀ)_ik for flows Σ_j X_ij X_kj (G_kj − G_ij), n > 1. Behind each of the n × n
 * matrices is room for one number more.
 */
export function flowPotentials(plan: usize, n: i32, cotangent: usize, weights: usize, flows: usize, x: usize): void {
  const size = <usize>n << 3;
  const zero = f64x2.splat(0);
  for (let i = size; i < size * n; i += size) {
    // Two rows at a time; the last of an odd number goes along with itself.
    for (let k: usize = 0, at = i; k < i; k += 2 * size, at += 16) {
      const both = k + size < i;
      const second = both ? k + size : k;
      let weight0 = zero;
      let weight1 = zero;
      let flow0 = zero;
      let flow1 = zero;
      let j: usize = 0;
      do {
        const pair = j + 8 < size;
        const own = get(plan + i + j, pair);
        const g = get(cotangent + i + j, pair);
        const w0 = f64x2.mul(own, get(plan + k + j, pair));
        const w1 = f64x2.mul(own, get(plan + second + j, pair));
        weight0 = f64x2.add(weight0, w0);
        weight1 = f64x2.add(weight1, w1);
        flow0 = f64x2.add(flow0, f64x2.mul(w0, f64x2.sub(get(cotangent + k + j, pair), g)));
        flow1 = f64x2.add(flow1, f64x2.mul(w1, f64x2.sub(get(cotangent + second + j, pair), g)));
      } while ((j += 16) < size);
      store<f64>(weights + at, sumOf(weight0));
      store<f64>(flows + at, sumOf(flow0));
      if (!both) continue;
      store<f64>(weights + at, sumOf(weight1), 8);
      store<f64>(flows + at, sumOf(flow1), 8);
    }
  }
  solveLaplacianFlows(weights, flows, x, size);
}

/** src/algorithms/graphs/laplacian.ts; `size` is that of a row in bytes. */
function solveLaplacianFlows(weights: usize, flows: usize, x: usize, size: usize): void {
  for (let p = size - 8; p > 0; p -= 8) {
    const row = (p >> 3) * size;
    let degree: f64 = 0;
    let supply: f64 = 0;
    for (let k: usize = 0; k < p; k += 8) {
      degree += load<f64>(weights + row + k);
      supply += load<f64>(flows + row + k);
    }
    store<f64>(weights + row + p, degree);
    store<f64>(flows + row + p, supply);
    if (degree == 0) continue;
    for (let i: usize = 8, to = size; i < p; i += 8, to += size) {
      const share = load<f64>(weights + row + i) / degree;
      if (share == 0) continue;
      const shares = f64x2.splat(share);
      const voltages = f64x2.splat(load<f64>(flows + row + i) / degree);
      // An odd one runs over into the diagonal, which is written after it.
      for (let k: usize = 0; k < i; k += 16) {
        const weight = v128.load(weights + row + k);
        const flow = v128.load(flows + row + k);
        addTo(weights + to + k, f64x2.mul(shares, weight));
        addTo(flows + to + k, f64x2.sub(f64x2.mul(shares, flow), f64x2.mul(voltages, weight)));
      }
    }
  }
  goBack(weights, flows, size + 8, x, size, 0);
}
