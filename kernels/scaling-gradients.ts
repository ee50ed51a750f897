/** Gradients of Sinkhorn's rounds: src/algorithms/assignments/unrolled-gradient.ts and implicit-gradient.ts explain them. */
import { across, down, firstOf, pad } from "./matrix-vector";
import { sumOf } from "./pairs";

/** X ∘ G over G, its sums by rows and columns, and by rows those of its sizes. */
export function weighted(
  plan: usize,
  n: i32,
  cotangent: usize,
  ofRows: usize,
  ofColumns: usize,
  sizes: usize,
): void {
  const pairs = ofColumns + (<usize>(n & ~1) << 3);
  const allRows = ofRows + (<usize>n << 3);
  memory.fill(ofColumns, 0, <usize>n << 3);
  do {
    let sum = f64x2.splat(0);
    let size = sum;
    let at = ofColumns;
    do {
      const x = f64x2.mul(v128.load(plan), v128.load(cotangent));
      v128.store(cotangent, x);
      sum = f64x2.add(sum, x);
      size = f64x2.add(size, f64x2.abs(x));
      v128.store(at, f64x2.add(v128.load(at), x));
      at += 16, plan += 16, cotangent += 16;
    } while (at < pairs);
    if (n & 1) {
      const x = f64x2.mul(firstOf(plan), firstOf(cotangent));
      v128.store64_lane(cotangent, x, 0);
      sum = f64x2.add(sum, x);
      size = f64x2.add(size, f64x2.abs(x));
      v128.store64_lane(at, f64x2.add(firstOf(at), x), 0);
      plan += 8, cotangent += 8;
    }
    store<f64>(ofRows, sumOf(sum));
    store<f64>(sizes, sumOf(size));
    ofRows += 8, sizes += 8;
  } while (ofRows < allRows);
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
  for (let place = places; place > 0; place--) {
    const u = history + (<usize>place * size << 1);
    const v = u + size;
    const before = u - size;
    memory.fill(ofRows, 0, size);
    memory.fill(ofColumns, 0, size);
    const times = place == places ? repeats + 1 : 1;
    let done = 0;
    for (; done < times; done++) {
      if (n & 1) {
        pad(rows, size);
        pad(columns, size);
      }
      let largest = f64x2.splat(0);
      let at: usize = 0;
      do {
        largest = f64x2.max(largest, f64x2.abs(v128.load(columns + at)));
        largest = f64x2.max(largest, f64x2.abs(v128.load(rows + at)));
        at += 16;
      } while (at < size);
      const most = max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
      if (<f64>(2 * (left - done)) * most <= negligible) break;
      // Whatever stands after an odd one out is never read.
      at = 0;
      do {
        const x = f64x2.mul(v128.load(columns + at), v128.load(v + at));
        v128.store(columns + at, x);
        v128.store(ofColumns + at, f64x2.add(v128.load(ofColumns + at), x));
        at += 16;
      } while (at < size);
      across(matrix, n, columns, sums);
      at = 0;
      do {
        const scale = v128.load(u + at);
        const x = f64x2.mul(scale, f64x2.sub(v128.load(rows + at), f64x2.mul(scale, v128.load(sums + at))));
        v128.store(rows + at, x);
        v128.store(ofRows + at, f64x2.add(v128.load(ofRows + at), x));
        at += 16;
      } while (at < size);
      down(matrix, n, rows, sums);
      at = 0;
      do {
        v128.store(columns + at, f64x2.mul(f64x2.neg(v128.load(sums + at)), v128.load(before + at)));
        at += 16;
      } while (at < size);
      memory.fill(rows, 0, size);
    }
    if (done == 0) return 0;
    let row = matrix;
    let to = out;
    let i: usize = 0;
    do {
      const scale = v128.load_splat<f64>(u + i);
      const ofRow = v128.load_splat<f64>(ofRows + i);
      let at: usize = 0;
      do {
        const rank2 = f64x2.add(
          f64x2.mul(scale, v128.load(ofColumns + at)),
          f64x2.mul(ofRow, v128.load(before + at)),
        );
        v128.store(to, f64x2.sub(v128.load(to), f64x2.mul(v128.load(row), rank2)));
        at += 16, row += 16, to += 16;
      } while (at < pairs);
      if (n & 1) {
        const rank2 = f64x2.add(f64x2.mul(scale, firstOf(ofColumns + at)), f64x2.mul(ofRow, firstOf(before + at)));
        v128.store64_lane(to, f64x2.sub(firstOf(to), f64x2.mul(firstOf(row), rank2)), 0);
        row += 8, to += 8;
      }
      i += 8;
    } while (i < size);
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
  let i: usize = 0;
  do {
    let sum = f64x2.splat(0);
    let at: usize = 0;
    do {
      const g = v128.load(to);
      const x = f64x2.mul(v128.load(row), g);
      largest = f64x2.pmax(largest, f64x2.abs(g));
      sum = f64x2.add(sum, x);
      v128.store(ofColumns + at, f64x2.add(v128.load(ofColumns + at), x));
      at += 16, row += 16, to += 16;
    } while (at < pairs);
    if (n & 1) {
      const g = firstOf(to);
      const x = f64x2.mul(firstOf(row), g);
      largest = f64x2.pmax(largest, f64x2.abs(g));
      sum = f64x2.add(sum, x);
      v128.store64_lane(ofColumns + at, f64x2.add(firstOf(ofColumns + at), x), 0);
      row += 8, to += 8;
    }
    store<f64>(ofRows + i, sumOf(sum));
    i += 8;
  } while (i < size);
  const tolerance = rounding * max(f64x2.extract_lane(largest, 0), f64x2.extract_lane(largest, 1));
  let at: usize = 0;
  do {
    v128.store(beta + at, f64x2.neg(v128.load(ofColumns + at)));
    at += 16;
  } while (at < size);
  let most: f64;
  do {
    if (rounds-- == 0) return 0;
    across(plan, n, beta, sums);
    at = 0;
    do {
      const sum = f64x2.add(v128.load(ofRows + at), v128.load(sums + at));
      v128.store(alpha + at, f64x2.div(f64x2.neg(sum), v128.load(rowSums + at)));
      at += 16;
    } while (at < size);
    down(plan, n, alpha, sums);
    if (n & 1) {
      pad(ofColumns, size);
      pad(sums, size);
      pad(beta, size);
    }
    let change = f64x2.splat(0);
    at = 0;
    do {
      const next = f64x2.neg(f64x2.add(v128.load(ofColumns + at), v128.load(sums + at)));
      change = f64x2.max(change, f64x2.abs(f64x2.sub(next, v128.load(beta + at))));
      v128.store(beta + at, next);
      at += 16;
    } while (at < size);
    most = max(f64x2.extract_lane(change, 0), f64x2.extract_lane(change, 1));
  } while (!(most <= tolerance));
  row = plan;
  to = cotangent;
  i = 0;
  do {
    const ofRow = v128.load_splat<f64>(alpha + i);
    at = 0;
    do {
      const sum = f64x2.add(f64x2.add(v128.load(to), ofRow), v128.load(beta + at));
      v128.store(to, f64x2.mul(v128.load(row), sum));
      at += 16, row += 16, to += 16;
    } while (at < pairs);
    if (n & 1) {
      const sum = f64x2.add(f64x2.add(firstOf(to), ofRow), firstOf(beta + at));
      v128.store64_lane(to, f64x2.mul(firstOf(row), sum), 0);
      row += 8, to += 8;
    }
    i += 8;
  } while (i < size);
  return 1;
}
