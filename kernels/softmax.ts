/**
 * Softmaxes of rows as in src/structures/categorical.ts and sigmoids as in independent-bits.ts there, and their Jacobian products. Two lanes
 * are two numbers.
 */
import { expPair } from "./exp";
import { logNormal } from "./log";
import { sumOf } from "./pairs";

/**
 * Softmaxes of rows of n doubles, or their products with the rows at v where there is an address; a finite number follows them. A row of −∞
 * becomes NaN; returns how many do. `scratch` holds n + 1 doubles; `out` has room for one more.
 */
export function softmaxRows(theta: usize, v: usize, rows: i32, n: i32, scratch: usize, out: usize): i32 {
  const size = <usize>n << 3;
  const end = scratch + size;
  const none = f64x2.splat(-Infinity);
  let undone = 0;
  for (let row = 0; row < rows; row++, theta += size, out += size) {
    memory.copy(scratch, theta, size);
    store<f64>(end, -Infinity);
    let most = none;
    let at = scratch;
    do {
      most = f64x2.pmax(most, v128.load(at));
      at += 16;
    } while (at < end);
    const top = max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1));
    if (top == -Infinity) {
      store<f64>(out, NaN);
      undone++;
      if (v) v += size;
      continue;
    }
    let best = scratch;
    while (load<f64>(best) != top) best += 8;
    store<f64>(best, -Infinity);
    const shift = f64x2.splat(top);
    let others = f64x2.splat(0);
    at = scratch;
    do {
      const e = expPair(f64x2.sub(v128.load(at), shift));
      v128.store(at, e);
      others = f64x2.add(others, e);
      at += 16;
    } while (at < end);
    store<f64>(best, 1);
    const share = f64x2.splat(1 / (1 + sumOf(others)));
    let to = out;
    at = scratch;
    if (!v) {
      do {
        v128.store(to, f64x2.mul(v128.load(at), share));
        at += 16, to += 16;
      } while (at < end);
      continue;
    }
    const ofBest = v128.load_splat<f64>(v + (best - scratch));
    let sum = f64x2.splat(0);
    do {
      const p = f64x2.mul(v128.load(at), share);
      v128.store(at, p);
      sum = f64x2.add(sum, f64x2.mul(p, f64x2.sub(v128.load(v + (at - scratch)), ofBest)));
      at += 16;
    } while (at < end);
    const mean = f64x2.splat(sumOf(sum));
    at = scratch;
    do {
      const direction = f64x2.sub(v128.load(v + (at - scratch)), ofBest);
      v128.store(to, f64x2.mul(v128.load(at), f64x2.sub(direction, mean)));
      at += 16, to += 16;
    } while (at < end);
    v += size;
  }
  return undone;
}

/** σ(θ) of doubles up to `end`, in pairs, or σ(θ) σ(−θ) v where there is an address v. */
export function sigmoids(theta: usize, end: usize, v: usize, out: usize): void {
  const one = f64x2.splat(1);
  do {
    const x = v128.load(theta);
    const e = expPair(f64x2.neg(f64x2.abs(x)));
    const total = f64x2.add(one, e);
    if (v) {
      const both = f64x2.mul(f64x2.div(one, total), f64x2.div(e, total));
      v128.store(out, f64x2.mul(both, v128.load(v)));
      v += 16;
    } else {
      const positive = f64x2.gt(x, f64x2.splat(0));
      v128.store(out, f64x2.div(v128.bitselect(one, e, positive), total));
    }
    theta += 16, out += 16;
  } while (theta < end);
}

/** Sums over rows of n doubles of log(1 + e^θ), or of the entropies of bits of probability σ(θ). */
export function bitSums(entropy: bool, theta: usize, rows: i32, n: i32, out: usize): void {
  const pairs = <usize>(n & ~1) << 3;
  for (let row = 0; row < rows; row++, out += 8) {
    let sum = f64x2.splat(0);
    const end = theta + pairs;
    while (theta < end) {
      sum = f64x2.add(sum, ofBits(entropy, v128.load(theta)));
      theta += 16;
    }
    if (n & 1) {
      const last = ofBits(entropy, v128.load64_zero(theta));
      sum = f64x2.add(sum, v128.shuffle<f64>(last, f64x2.splat(0), 0, 2));
      theta += 8;
    }
    store<f64>(out, sumOf(sum));
  }
}

@inline function ofBits(entropy: bool, x: v128): v128 {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const size = f64x2.abs(x);
  const e = expPair(f64x2.neg(size));
  // What 1 + e is short of is made up for: src/core/log-exp.ts.
  const total = f64x2.add(one, e);
  const log = f64x2.mul(logNormal(total), f64x2.div(e, f64x2.sub(total, one)));
  const log1p = v128.bitselect(e, log, f64x2.eq(total, one));
  if (!entropy) return f64x2.add(f64x2.pmax(zero, x), log1p);
  return v128.and(f64x2.add(log1p, f64x2.div(f64x2.mul(size, e), total)), f64x2.gt(e, zero));
}
