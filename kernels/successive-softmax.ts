/** Softmaxes without what earlier ones took: src/algorithms/subsets/successive-softmax.ts explains them. Two lanes are two elements. */
import { expPair } from "./exp";
import { logNormal } from "./log";
import { sumOf } from "./pairs";

/**
 * One step on α, of n numbers and −∞ after an odd one out: adds p to x and log(1 − p) to α; writes p, 0 for the largest, and p without the
 * largest. Returns the largest's p and stores its index.
 */
function takeStep(alpha: usize, n: i32, inverse: f64, x: usize, taken: usize, others: usize, first: usize): f64 {
  const size = <usize>n << 3;
  const none = f64x2.splat(-Infinity);
  let highest = none;
  let next = none;
  let at: usize = 0;
  do {
    const a = v128.load(alpha + at);
    next = f64x2.pmax(next, f64x2.pmin(highest, a));
    highest = f64x2.pmax(highest, a);
    at += 16;
  } while (at < size);
  const one = f64x2.extract_lane(highest, 0);
  const two = f64x2.extract_lane(highest, 1);
  const largest = max(one, two);
  const second = max(min(one, two), max(f64x2.extract_lane(next, 0), f64x2.extract_lane(next, 1)));
  let place = alpha;
  while (load<f64>(place) != largest) place += 8;
  const own = place - alpha;
  store<f64>(place, -Infinity);
  const shift = f64x2.splat(second);
  const scale = f64x2.splat(inverse);
  let sum = f64x2.splat(0);
  at = 0;
  do {
    const e = expPair(f64x2.mul(f64x2.sub(v128.load(alpha + at), shift), scale));
    v128.store(others + at, e);
    sum = f64x2.add(sum, e);
    at += 16;
  } while (at < size);
  const rest = sumOf(sum);
  const behind = (second - largest) * inverse;
  const restOfFirst = rest * f64x2.extract_lane(expPair(f64x2.splat(behind)), 0);
  const total = 1 + restOfFirst;
  const normal = f64x2.splat(1 / rest);
  const share = f64x2.splat(restOfFirst / total);
  const unit = f64x2.splat(1);
  at = 0;
  do {
    const other = f64x2.mul(v128.load(others + at), normal);
    const p = f64x2.mul(other, share);
    v128.store(others + at, other);
    v128.store(taken + at, p);
    v128.store(x + at, f64x2.add(v128.load(x + at), p));
    const left = f64x2.sub(unit, p);
    const lost = f64x2.add(p, f64x2.sub(left, unit));
    v128.store(alpha + at, f64x2.add(v128.load(alpha + at), f64x2.sub(logNormal(left), lost)));
    at += 16;
  } while (at < size);
  const logs = logNormal(f64x2.replace_lane(f64x2.splat(rest), 1, total));
  store<f64>(place, largest + (f64x2.extract_lane(logs, 0) + behind - f64x2.extract_lane(logs, 1)));
  const p = 1 / total;
  store<f64>(x + own, load<f64>(x + own) + p);
  store<i32>(first, <i32>own);
  return p;
}

/** One step in reverse: `back` is the gradient by its α, after and then before it. */
function reverseStep(back: usize, g: usize, n: i32, inverse: f64, taken: usize, others: usize, own: usize, ofOwn: f64, shares: usize): void {
  const size = <usize>n << 3;
  const one = f64x2.splat(1);
  let sum = f64x2.splat(0);
  let flows = sum;
  let at: usize = 0;
  do {
    const p = v128.load(taken + at);
    sum = f64x2.add(sum, f64x2.mul(p, v128.load(g + at)));
    const share = f64x2.div(f64x2.mul(p, v128.load(back + at)), f64x2.sub(one, p));
    v128.store(shares + at, share);
    flows = f64x2.add(flows, share);
    at += 16;
  } while (at < size);
  const ownCotangent = load<f64>(g + own);
  const ownBack = load<f64>(back + own);
  const mean = sumOf(sum) + ofOwn * ownCotangent;
  const flow = sumOf(flows);
  const ofLargest = ofOwn * ownBack;
  const means = f64x2.splat(mean);
  const flowing = f64x2.splat(flow);
  const largest = f64x2.splat(ofLargest);
  const scale = f64x2.splat(inverse);
  at = 0;
  do {
    const p = v128.load(taken + at);
    const b = v128.load(back + at);
    const direct = f64x2.sub(f64x2.mul(p, f64x2.sub(v128.load(g + at), means)), f64x2.mul(p, b));
    const shared = f64x2.mul(p, f64x2.sub(flowing, v128.load(shares + at)));
    const other = f64x2.add(shared, f64x2.mul(v128.load(others + at), largest));
    v128.store(back + at, f64x2.add(b, f64x2.mul(f64x2.add(direct, other), scale)));
    at += 16;
  } while (at < size);
  store<f64>(back + own, ownBack + (ofOwn * (ownCotangent - mean) - ofLargest + ofOwn * flow) * inverse);
}

/**
 * Rows of n ≥ 2 doubles u: x, or products with the rows at g where there is an address; a finite number follows them. `scratch` holds 3
 * (n + 1) doubles, then p and p without the largest of each of k steps, or of one where there is no g, then two more for a step.
 */
export function successiveSoftmax(
  u: usize,
  g: usize,
  rows: i32,
  n: i32,
  k: i32,
  inverse: f64,
  scratch: usize,
  out: usize,
): void {
  const size = <usize>n << 3;
  const room = size + 8;
  const alpha = scratch;
  const x = alpha + room;
  const shares = x + room;
  const steps = shares + room;
  const toNext = g ? 2 * room : 0;
  const largest = steps + 2 * room + <usize>(k - 1) * toNext;
  for (let row = 0; row < rows; row++) {
    memory.copy(alpha, u, size);
    store<f64>(alpha + size, -Infinity);
    memory.fill(x, 0, room);
    for (let step = 0; step < k; step++) {
      const taken = steps + <usize>step * toNext;
      const kept = largest + (<usize>step << 4);
      store<f64>(kept, takeStep(alpha, n, inverse, x, taken, taken + room, kept + 8));
    }
    if (g) {
      memory.fill(x, 0, room);
      for (let step = k - 1; step >= 0; step--) {
        const taken = steps + <usize>step * toNext;
        const kept = largest + (<usize>step << 4);
        reverseStep(x, g, n, inverse, taken, taken + room, load<i32>(kept, 8), load<f64>(kept), shares);
      }
      g += size;
    }
    memory.copy(out, x, size);
    u += size, out += size;
  }
}
