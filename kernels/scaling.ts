/** Sinkhorn's rounds on a matrix, and the plan: src/algorithms/assignments/gibbs-kernel.ts and scaling.ts explain them. */
import { expPair } from "./exp";
import { across, down, firstOf, pad } from "./matrix-vector";
import { sumOf } from "./pairs";

/** K = exp(L − row maximum) over L, and the maxima. Returns the largest range of a row. */
export function exponentials(matrix: usize, n: i32, tops: usize): f64 {
  const pairs = <usize>(n & ~1) << 3;
  let range: f64 = 0;
  const allRows = tops + (<usize>n << 3);
  do {
    const end = matrix + pairs;
    let high = f64x2.splat(-Infinity);
    let low = f64x2.splat(Infinity);
    if (n & 1) {
      high = v128.load_splat<f64>(end);
      low = high;
    }
    let at = matrix;
    do {
      const x = v128.load(at);
      high = f64x2.pmax(high, x);
      low = f64x2.pmin(low, x);
      at += 16;
    } while (at < end);
    const top = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
    range = max(range, top - min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1)));
    store<f64>(tops, top);
    const shift = f64x2.splat(top);
    at = matrix;
    do {
      v128.store(at, expPair(f64x2.sub(v128.load(at), shift)));
      at += 16;
    } while (at < end);
    matrix = end;
    if (n & 1) {
      v128.store64_lane(end, expPair(f64x2.sub(v128.load_splat<f64>(end), shift)), 0);
      matrix += 8;
    }
    tops += 8;
  } while (tops < allRows);
  return range;
}

/** Rounds. Returns four times those that were done, and why they ended. */
export function scalingRounds(
  matrix: usize,
  n: i32,
  u: usize,
  v: usize,
  sums: usize,
  count: i32,
  tolerance: f64,
  safe: f64,
  history: usize,
): i32 {
  const size = <usize>n << 3;
  const one = f64x2.splat(1);
  const most = f64x2.splat(safe);
  const least = f64x2.splat(1 / safe);
  const all = f64x2.eq(one, one);
  for (let done = 0; done < count; done++) {
    let residual = f64x2.splat(0);
    let isSafe = all;
    let changed = f64x2.splat(0);
    across(matrix, n, v, sums);
    if (n & 1) {
      pad(sums, size);
      pad(u, size);
    }
    let at: usize = 0;
    do {
      const sum = v128.load(sums + at);
      residual = f64x2.pmax(residual, f64x2.abs(f64x2.sub(f64x2.mul(v128.load(u + at), sum), one)));
      const scale = f64x2.div(one, sum);
      isSafe = v128.and(isSafe, v128.and(f64x2.lt(scale, most), f64x2.gt(scale, least)));
      v128.store(u + at, scale);
      at += 16;
    } while (at < size);
    down(matrix, n, u, sums);
    if (n & 1) {
      pad(sums, size);
      pad(v, size);
    }
    at = 0;
    do {
      const scale = f64x2.div(one, v128.load(sums + at));
      isSafe = v128.and(isSafe, v128.and(f64x2.lt(scale, most), f64x2.gt(scale, least)));
      changed = v128.or(changed, f64x2.ne(scale, v128.load(v + at)));
      v128.store(v + at, scale);
      at += 16;
    } while (at < size);
    if (!i64x2.all_true(isSafe)) return (done << 2) | 2;
    if (history) {
      memory.copy(history, u, size);
      memory.copy(history + size, v, size);
      history += size << 1;
    }
    const off = max(f64x2.extract_lane(residual, 0), f64x2.extract_lane(residual, 1));
    if (off <= tolerance) return ((done + 1) << 2) | 1;
    if (!v128.any_true(changed)) return ((done + 1) << 2) | 3;
  }
  return count << 2;
}

/** X = diag(u) K diag(v) over K, and its row sums. */
export function scaledPlan(matrix: usize, n: i32, u: usize, v: usize, sums: usize): void {
  const pairs = v + (<usize>(n & ~1) << 3);
  const allRows = u + (<usize>n << 3);
  do {
    const scale = v128.load_splat<f64>(u);
    let sum = f64x2.splat(0);
    let at = v;
    do {
      const x = f64x2.mul(f64x2.mul(scale, v128.load(matrix)), v128.load(at));
      v128.store(matrix, x);
      sum = f64x2.add(sum, x);
      at += 16, matrix += 16;
    } while (at < pairs);
    if (n & 1) {
      const x = f64x2.mul(f64x2.mul(scale, firstOf(matrix)), firstOf(at));
      v128.store64_lane(matrix, x, 0);
      sum = f64x2.add(sum, x);
      matrix += 8;
    }
    store<f64>(sums, sumOf(sum));
    u += 8, sums += 8;
  } while (u < allRows);
}
