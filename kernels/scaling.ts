/**
 * The passes over a matrix K of Sinkhorn's rounds and their derivatives: src/algorithms/assignments/scaling.ts explains
 * them. Arrays hold doubles, matrices n × n of them; two lanes are two columns.
 */
import { expNonPositive } from "./exp";

/** K = exp(L − row maximum) over L. Returns the largest range of a row. */
export function exponentials(matrix: usize, n: i32): f64 {
  const pairs = <usize>(n & ~1) << 3;
  let range: f64 = 0;
  for (let i = 0; i < n; i++, matrix += <usize>n << 3) {
    const end = matrix + pairs;
    let high = f64x2.splat(-Infinity);
    let low = f64x2.splat(Infinity);
    if (n & 1) {
      high = v128.load_splat<f64>(end);
      low = high;
    }
    for (let at = matrix; at < end; at += 16) {
      const x = v128.load(at);
      high = f64x2.pmax(high, x);
      low = f64x2.pmin(low, x);
    }
    const top = max(f64x2.extract_lane(high, 0), f64x2.extract_lane(high, 1));
    range = max(range, top - min(f64x2.extract_lane(low, 0), f64x2.extract_lane(low, 1)));
    const tops = f64x2.splat(top);
    for (let at = matrix; at < end; at += 16) {
      v128.store(at, expNonPositive(f64x2.sub(v128.load(at), tops)));
    }
    if (n & 1) {
      v128.store64_lane(end, expNonPositive(f64x2.sub(v128.load_splat<f64>(end), tops)), 0);
    }
  }
  return range;
}

@inline function sumOf(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

@inline function firstOf(at: usize): v128 {
  return v128.load64_zero(at);
}

/** K x. */
function across(matrix: usize, n: i32, x: usize, out: usize): void {
  const stride = <usize>n << 3;
  const fours = x + (<usize>(n & ~3) << 3);
  const zero = f64x2.splat(0);
  let i = 0;
  for (; i + 4 <= n; i += 4, out += 32, matrix += stride << 2) {
    let a0 = zero;
    let a1 = zero;
    let a2 = zero;
    let a3 = zero;
    let row0 = matrix;
    let row1 = row0 + stride;
    let row2 = row1 + stride;
    let row3 = row2 + stride;
    let at = x;
    for (; at < fours; at += 32, row0 += 32, row1 += 32, row2 += 32, row3 += 32) {
      const first = v128.load(at);
      const second = v128.load(at, 16);
      a0 = f64x2.add(f64x2.add(a0, f64x2.mul(v128.load(row0), first)), f64x2.mul(v128.load(row0, 16), second));
      a1 = f64x2.add(f64x2.add(a1, f64x2.mul(v128.load(row1), first)), f64x2.mul(v128.load(row1, 16), second));
      a2 = f64x2.add(f64x2.add(a2, f64x2.mul(v128.load(row2), first)), f64x2.mul(v128.load(row2, 16), second));
      a3 = f64x2.add(f64x2.add(a3, f64x2.mul(v128.load(row3), first)), f64x2.mul(v128.load(row3, 16), second));
    }
    if (n & 2) {
      const first = v128.load(at);
      a0 = f64x2.add(a0, f64x2.mul(v128.load(row0), first));
      a1 = f64x2.add(a1, f64x2.mul(v128.load(row1), first));
      a2 = f64x2.add(a2, f64x2.mul(v128.load(row2), first));
      a3 = f64x2.add(a3, f64x2.mul(v128.load(row3), first));
      at += 16, row0 += 16, row1 += 16, row2 += 16, row3 += 16;
    }
    if (n & 1) {
      const last = firstOf(at);
      a0 = f64x2.add(a0, f64x2.mul(firstOf(row0), last));
      a1 = f64x2.add(a1, f64x2.mul(firstOf(row1), last));
      a2 = f64x2.add(a2, f64x2.mul(firstOf(row2), last));
      a3 = f64x2.add(a3, f64x2.mul(firstOf(row3), last));
    }
    v128.store(out, f64x2.add(v128.shuffle<f64>(a0, a1, 0, 2), v128.shuffle<f64>(a0, a1, 1, 3)));
    v128.store(out, f64x2.add(v128.shuffle<f64>(a2, a3, 0, 2), v128.shuffle<f64>(a2, a3, 1, 3)), 16);
  }
  for (; i < n; i++, out += 8, matrix += stride) {
    let a = zero;
    let row = matrix;
    let at = x;
    for (const end = x + (<usize>(n & ~1) << 3); at < end; at += 16, row += 16) {
      a = f64x2.add(a, f64x2.mul(v128.load(row), v128.load(at)));
    }
    if (n & 1) a = f64x2.add(a, f64x2.mul(firstOf(row), firstOf(at)));
    store<f64>(out, sumOf(a));
  }
}

/** Kᵀ y. */
function down(matrix: usize, n: i32, y: usize, out: usize): void {
  const stride = <usize>n << 3;
  const pairs = out + (<usize>(n & ~1) << 3);
  memory.fill(out, 0, stride);
  let i = 0;
  for (; i + 4 <= n; i += 4, y += 32, matrix += stride << 2) {
    const y0 = v128.load_splat<f64>(y);
    const y1 = v128.load_splat<f64>(y, 8);
    const y2 = v128.load_splat<f64>(y, 16);
    const y3 = v128.load_splat<f64>(y, 24);
    let row0 = matrix;
    let row1 = row0 + stride;
    let row2 = row1 + stride;
    let row3 = row2 + stride;
    let at = out;
    for (; at < pairs; at += 16, row0 += 16, row1 += 16, row2 += 16, row3 += 16) {
      const first = f64x2.add(f64x2.mul(v128.load(row0), y0), f64x2.mul(v128.load(row1), y1));
      const second = f64x2.add(f64x2.mul(v128.load(row2), y2), f64x2.mul(v128.load(row3), y3));
      v128.store(at, f64x2.add(v128.load(at), f64x2.add(first, second)));
    }
    if (n & 1) {
      const first = f64x2.add(f64x2.mul(firstOf(row0), y0), f64x2.mul(firstOf(row1), y1));
      const second = f64x2.add(f64x2.mul(firstOf(row2), y2), f64x2.mul(firstOf(row3), y3));
      v128.store64_lane(at, f64x2.add(firstOf(at), f64x2.add(first, second)), 0);
    }
  }
  for (; i < n; i++, y += 8) {
    const scale = v128.load_splat<f64>(y);
    let at = out;
    for (; at < pairs; at += 16, matrix += 16) {
      v128.store(at, f64x2.add(v128.load(at), f64x2.mul(v128.load(matrix), scale)));
    }
    if (n & 1) {
      v128.store64_lane(at, f64x2.add(firstOf(at), f64x2.mul(firstOf(matrix), scale)), 0);
      matrix += 8;
    }
  }
}

/**
 * Rounds; arrays u, v and sums have room for one number more. Returns four times the rounds that were done, and why they
 * ended.
 */
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
    // The odd one out stands in for the number after it as well.
    if (n & 1) {
      store<f64>(sums + size, load<f64>(sums + size - 8));
      store<f64>(u + size, load<f64>(u + size - 8));
    }
    for (let at: usize = 0; at < size; at += 16) {
      const sum = v128.load(sums + at);
      residual = f64x2.pmax(residual, f64x2.abs(f64x2.sub(f64x2.mul(v128.load(u + at), sum), one)));
      const scale = f64x2.div(one, sum);
      isSafe = v128.and(isSafe, v128.and(f64x2.lt(scale, most), f64x2.gt(scale, least)));
      v128.store(u + at, scale);
    }
    down(matrix, n, u, sums);
    if (n & 1) {
      store<f64>(sums + size, load<f64>(sums + size - 8));
      store<f64>(v + size, load<f64>(v + size - 8));
    }
    for (let at: usize = 0; at < size; at += 16) {
      const scale = f64x2.div(one, v128.load(sums + at));
      isSafe = v128.and(isSafe, v128.and(f64x2.lt(scale, most), f64x2.gt(scale, least)));
      changed = v128.or(changed, f64x2.ne(scale, v128.load(v + at)));
      v128.store(v + at, scale);
    }
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
  for (let i = 0; i < n; i++, u += 8, sums += 8) {
    const scale = v128.load_splat<f64>(u);
    let sum = f64x2.splat(0);
    let at = v;
    for (; at < pairs; at += 16, matrix += 16) {
      const x = f64x2.mul(f64x2.mul(scale, v128.load(matrix)), v128.load(at));
      v128.store(matrix, x);
      sum = f64x2.add(sum, x);
    }
    if (n & 1) {
      const x = f64x2.mul(f64x2.mul(scale, firstOf(matrix)), firstOf(at));
      v128.store64_lane(matrix, x, 0);
      sum = f64x2.add(sum, x);
      matrix += 8;
    }
    store<f64>(sums, sumOf(sum));
  }
}

/** Rounds in reverse; `history` begins with place `first`, of `places` more. Returns the rounds that are left. */
export function reverseRounds(
  matrix: usize,
  n: i32,
  history: usize,
  places: i32,
  repeats: i32,
  left: i32,
  negligible: f64,
  rows: usize,
  columns: usize,
  sums: usize,
  ofRows: usize,
  ofColumns: usize,
  out: usize,
): i32 {
  const size = <usize>n << 3;
  const pairs = <usize>(n & ~1) << 3;
  const zero = f64x2.splat(0);
  for (let place = places; place > 0; place--) {
    const u = history + (<usize>place * size << 1);
    const v = u + size;
    const before = u - size;
    memory.fill(ofRows, 0, size);
    memory.fill(ofColumns, 0, size);
    const times = place == places ? repeats + 1 : 1;
    let done = 0;
    for (; done < times; done++) {
      let largest: f64 = 0;
      for (let at: usize = 0; at < size; at += 8) {
        largest = max(largest, max(abs(load<f64>(columns + at)), abs(load<f64>(rows + at))));
      }
      if (<f64>(2 * (left - done)) * largest <= negligible) break;
      for (let at: usize = 0; at < size; at += 8) {
        const x = load<f64>(columns + at) * load<f64>(v + at);
        store<f64>(columns + at, x);
        store<f64>(ofColumns + at, load<f64>(ofColumns + at) + x);
      }
      across(matrix, n, columns, sums);
      for (let at: usize = 0; at < size; at += 8) {
        const scale = load<f64>(u + at);
        const x = scale * (load<f64>(rows + at) - scale * load<f64>(sums + at));
        store<f64>(rows + at, x);
        store<f64>(ofRows + at, load<f64>(ofRows + at) + x);
      }
      down(matrix, n, rows, sums);
      for (let at: usize = 0; at < size; at += 8) {
        store<f64>(columns + at, -load<f64>(sums + at) * load<f64>(before + at));
      }
      memory.fill(rows, 0, size);
    }
    if (done == 0) return 0;
    let row = matrix;
    let to = out;
    for (let i: usize = 0; i < size; i += 8) {
      const scale = v128.load_splat<f64>(u + i);
      const ofRow = v128.load_splat<f64>(ofRows + i);
      let at: usize = 0;
      for (; at < pairs; at += 16, row += 16, to += 16) {
        const rank2 = f64x2.add(
          f64x2.mul(scale, v128.load(ofColumns + at)),
          f64x2.mul(ofRow, v128.load(before + at)),
        );
        v128.store(to, f64x2.sub(v128.load(to), f64x2.mul(v128.load(row), rank2)));
      }
      if (n & 1) {
        const rank2 = f64x2.add(f64x2.mul(scale, firstOf(ofColumns + at)), f64x2.mul(ofRow, firstOf(before + at)));
        v128.store64_lane(to, f64x2.sub(firstOf(to), f64x2.mul(firstOf(row), rank2)), 0);
        row += 8, to += 8;
      }
    }
    left -= done;
  }
  return left;
}

/**
 * X ∘ (G + α 1ᵀ + 1 βᵀ) over G, with rows and columns of sum 0; 1 where rounds found it. `alpha`, `beta`, `ofRows`,
 * `ofColumns` and `sums` are scratch.
 */
export function balanced(
  plan: usize,
  n: i32,
  rowSums: usize,
  cotangent: usize,
  rounds: i32,
  rounding: f64,
  alpha: usize,
  beta: usize,
  ofRows: usize,
  ofColumns: usize,
  sums: usize,
): i32 {
  const size = <usize>n << 3;
  const pairs = <usize>(n & ~1) << 3;
  let row = plan;
  let to = cotangent;
  let largest = f64x2.splat(0);
  memory.fill(ofColumns, 0, size);
  for (let i: usize = 0; i < size; i += 8) {
    let sum = f64x2.splat(0);
    let at: usize = 0;
    for (; at < pairs; at += 16, row += 16, to += 16) {
      const g = v128.load(to);
      const x = f64x2.mul(v128.load(row), g);
      largest = f64x2.pmax(largest, f64x2.abs(g));
      sum = f64x2.add(sum, x);
      v128.store(ofColumns + at, f64x2.add(v128.load(ofColumns + at), x));
    }
    if (n & 1) {
      const g = firstOf(to);
      const x = f64x2.mul(firstOf(row), g);
      largest = f64x2.pmax(largest, f64x2.abs(g));
      sum = f64x2.add(sum, x);
      v128.store64_lane(ofColumns + at, f64x2.add(firstOf(ofColumns + at), x), 0);
      row += 8, to += 8;
    }
    store<f64>(ofRows + i, sumOf(sum));
  }
  const tolerance = rounding * max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  for (let at: usize = 0; at < size; at += 8) store<f64>(beta + at, -load<f64>(ofColumns + at));
  for (;;) {
    if (rounds-- == 0) return 0;
    across(plan, n, beta, sums);
    for (let at: usize = 0; at < size; at += 8) {
      store<f64>(alpha + at, -(load<f64>(ofRows + at) + load<f64>(sums + at)) / load<f64>(rowSums + at));
    }
    down(plan, n, alpha, sums);
    let change: f64 = 0;
    for (let at: usize = 0; at < size; at += 8) {
      const next = -(load<f64>(ofColumns + at) + load<f64>(sums + at));
      change = max(change, abs(next - load<f64>(beta + at)));
      store<f64>(beta + at, next);
    }
    if (change <= tolerance) break;
  }
  row = plan;
  to = cotangent;
  for (let i: usize = 0; i < size; i += 8) {
    const ofRow = v128.load_splat<f64>(alpha + i);
    let at: usize = 0;
    for (; at < pairs; at += 16, row += 16, to += 16) {
      const sum = f64x2.add(f64x2.add(v128.load(to), ofRow), v128.load(beta + at));
      v128.store(to, f64x2.mul(v128.load(row), sum));
    }
    if (n & 1) {
      const sum = f64x2.add(f64x2.add(firstOf(to), ofRow), firstOf(beta + at));
      v128.store64_lane(to, f64x2.mul(firstOf(row), sum), 0);
      row += 8, to += 8;
    }
  }
  return 1;
}
