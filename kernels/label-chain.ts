/**
 * Sums over the labellings of a line: the same in the same order as src/algorithms/chains/label-chain.ts, which explains
 * them. Two lanes are the transitions from two labels where sums run backwards, and to two labels where they run forwards.
 *
 * θ holds `labels` doubles for each of `capacity` positions, then the transitions; the row has its first `n`. Scratch holds, for
 * each label of each position, what the TypeScript calls layers, scale, follows and after; then the mean of all; start and its
 * scale; pairs of scores; and the probabilities of two positions with their derivatives.
 */
import { expPair } from "./exp";
import { logNormal } from "./log";
import { get, loadPair, ml, plus, put, storePair } from "./pairs";

@inline function larger(pair: v128): f64 {
  const x = f64x2.extract_lane(pair, 0);
  const y = f64x2.extract_lane(pair, 1);
  return x < y ? y : x;
}

function topOf(at: usize, width: usize): f64 {
  const end = at + width;
  let top = f64x2.splat(-Infinity);
  if (width & 8) {
    top = v128.load64_splat(at);
    at += 8;
  }
  for (; at < end; at += 16) top = f64x2.pmax(top, v128.load(at));
  return larger(top);
}

/** The lowest of the best labels of a row of transitions, with what follows each; where there is no row, of these alone. */
function bestOf(row: usize, then: usize, labels: i32): i32 {
  let top = -Infinity;
  let label = 0;
  for (let j = 0; j < labels; j++) {
    const score = (row ? load<f64>(row + (<usize>j << 3)) : 0) + load<f64>(then + (<usize>j << 3));
    if (score > top) {
      top = score;
      label = j;
    }
  }
  return label;
}

/** A best labelling over θ. False where there is none. */
export function chainMap(theta: usize, n: i32, capacity: i32, labels: i32, scratch: usize): bool {
  const width = <usize>labels << 3;
  const square = width * labels;
  const edges = theta + <usize>capacity * width;
  const pairs = width & ~15;
  let then = scratch + <usize>(n - 1) * width;
  memory.copy(then, theta + <usize>(n - 1) * width, width);
  for (let t = n - 2; t >= 0; t--, then -= width) {
    let row = edges + <usize>t * square;
    for (let own: usize = 0; own < width; own += 8) {
      let tops = f64x2.splat(-Infinity);
      if (labels & 1) tops = f64x2.add(v128.load64_splat(row + pairs), v128.load64_splat(then + pairs));
      const end = row + pairs;
      if (pairs) {
        let to = then;
        do {
          tops = f64x2.pmax(tops, plus(v128.load(row), v128.load(to)));
          row += 16;
          to += 16;
        } while (row < end);
      }
      row += width & 8;
      store<f64>(then - width + own, load<f64>(theta + <usize>t * width + own) + larger(tops));
    }
  }
  let label = bestOf(0, scratch, labels);
  if (load<f64>(scratch + (<usize>label << 3)) == -Infinity) return false;
  // From here on, the labels lie where the scores of their positions lay.
  for (let t = 0; t < n - 1; t++) {
    const next = scratch + <usize>(t + 1) * width;
    const row = edges + <usize>t * square + <usize>label * width;
    store<i32>(scratch + <usize>t * width, label);
    label = bestOf(row, next, labels);
  }
  store<i32>(scratch + <usize>(n - 1) * width, label);
  memory.fill(theta, 0, <usize>capacity * width + <usize>(capacity - 1) * square);
  for (let t = 0; t < n; t++) {
    const to = <usize>load<i32>(scratch + <usize>t * width) << 3;
    store<f64>(theta + <usize>t * width + to, 1);
    if (t > 0) {
      const from = <usize>load<i32>(scratch + <usize>(t - 1) * width);
      store<f64>(edges + <usize>(t - 1) * square + from * width + to, 1);
    }
  }
  return true;
}

/**
 * Turns the transitions of two rows, `second` bytes apart, into weights. Their largest score, the sum of weights and that of
 * weighted means stand in `scores` then. Both rows are one where `second` is 0.
 */
function weigh(row: usize, second: usize, width: usize, then: usize, means: usize, v: usize, scores: usize): void {
  const end = row + width;
  let top = f64x2.splat(-Infinity);
  let at = row;
  let to = then;
  let pair = scores;
  do {
    const score = plus(loadPair(at, at + second), v128.load64_splat(to));
    v128.store(pair, score);
    top = f64x2.pmax(top, score);
    at += 8;
    to += 8;
    pair += 16;
  } while (at < end);
  // Where nothing can follow, all weights are 0.
  const base = v128.and(top, f64x2.gt(top, f64x2.splat(-Infinity)));
  let sum = f64x2.splat(0);
  let mean = f64x2.splat(0);
  at = row;
  pair = scores;
  if (v) {
    do {
      const w = expPair(f64x2.sub(v128.load(pair), base));
      const met = plus(loadPair(v, v + second), v128.load64_splat(means));
      mean = plus(mean, ml(w, met));
      storePair(at, at + second, w);
      sum = plus(sum, w);
      at += 8;
      v += 8;
      means += 8;
      pair += 16;
    } while (at < end);
  } else {
    do {
      const below = f64x2.sub(v128.load(pair), base);
      const w = expPair(below);
      const surprise = ml(w, f64x2.sub(v128.load64_splat(means), below));
      mean = plus(mean, v128.and(surprise, f64x2.gt(w, f64x2.splat(0))));
      storePair(at, at + second, w);
      sum = plus(sum, w);
      at += 8;
      means += 8;
      pair += 16;
    } while (at < end);
  }
  v128.store(scores, top);
  v128.store(scores, sum, 16);
  v128.store(scores, mean, 32);
}

/** log Z; weights stand over the transitions of θ. With the means along v where there is an address v, else of −log p. */
export function chainSums(theta: usize, v: usize, n: i32, capacity: i32, labels: i32, scratch: usize): f64 {
  const width = <usize>labels << 3;
  const square = width * labels;
  const all = <usize>capacity * width;
  const toScale = all;
  const toFollows = 2 * all;
  const toAfter = 3 * all;
  const total = scratch + 4 * all;
  const start = total + 8;
  const scores = start + width + 8;
  const one = f64x2.splat(1);
  const none = f64x2.splat(-Infinity);
  let next = scratch + <usize>(n - 1) * width;
  memory.copy(next, theta + <usize>(n - 1) * width, width);
  if (v) memory.copy(next + toAfter, v + <usize>(n - 1) * width, width);
  else memory.fill(next + toAfter, 0, width);
  let shift: f64 = 0;
  for (let t = n - 2; t >= 0; t--) {
    const top = topOf(next, width);
    if (top == -Infinity) return top;
    shift += top;
    for (let j: usize = 0; j < width; j += 8) store<f64>(next + j, load<f64>(next + j) - top);
    const here = next - width;
    const toOwn = theta - scratch;
    let row = theta + all + <usize>t * square;
    for (let i: usize = 0; i < width; i += 16, row += 2 * width) {
      const second = i + 8 < width ? width : 0;
      weigh(row, second, width, next, next + toAfter, v ? v + (row - theta) : 0, scores);
      const at = here + i;
      const two = second ? at + 8 : at;
      const top = v128.load(scores);
      const sum = v128.load(scores, 16);
      const possible = f64x2.gt(top, none);
      const logSum = v128.and(logNormal(sum), possible);
      const inverse = v128.and(f64x2.div(one, sum), possible);
      const mean = v128.and(ml(v128.load(scores, 32), inverse), possible);
      const own = loadPair(at + toOwn, two + toOwn);
      storePair(at, two, plus(own, plus(top, logSum)));
      storePair(at + toScale, two + toScale, inverse);
      storePair(at + toFollows, two + toFollows, mean);
      const first = v ? loadPair(v + (at - scratch), v + (two - scratch)) : logSum;
      storePair(at + toAfter, two + toAfter, plus(first, mean));
    }
    next = here;
  }
  // The first label follows one that everything follows.
  memory.fill(start, 0, width);
  weigh(start, 0, width, scratch, scratch + toAfter, v ? start : 0, scores);
  const top = load<f64>(scores);
  if (top == -Infinity) return top;
  const sum = v128.load(scores, 16);
  const logSum = f64x2.extract_lane(logNormal(sum), 0);
  const inverse = 1 / f64x2.extract_lane(sum, 0);
  store<f64>(start + width, inverse);
  const mean = load<f64>(scores + 32) * inverse;
  store<f64>(total, v ? mean : logSum + mean);
  return shift + (top + logSum);
}

/** Zeros in what a shorter row leaves out, from its position `n` on, and from its transition after position n − 1. */
function clearRest(out: usize, n: i32, capacity: i32, width: usize, square: usize): void {
  const all = <usize>capacity * width;
  memory.fill(out + <usize>n * width, 0, all - <usize>n * width);
  memory.fill(out + all + <usize>(n - 1) * square, 0, <usize>(capacity - n) * square);
}

@inline function moveTwo(row: usize, width: usize, to: usize, first: v128, second: v128, both: bool): void {
  const one = f64x2.splat(1);
  const a = ml(first, get(row, both));
  const b = ml(second, get(row + width, both));
  put(row, f64x2.pmin(a, one), both);
  put(row + width, f64x2.pmin(b, one), both);
  put(to, plus(plus(get(to, both), a), b), both);
}

@inline function moveOne(row: usize, to: usize, first: v128, both: bool): void {
  const a = ml(first, get(row, both));
  put(row, f64x2.pmin(a, f64x2.splat(1)), both);
  put(to, plus(get(to, both), a), both);
}

/** Marginals, over the weights that `chainSums` has left. */
export function chainMarginals(theta: usize, n: i32, capacity: i32, labels: i32, scratch: usize): void {
  const width = <usize>labels << 3;
  const pairs = width & ~15;
  const square = width * labels;
  const all = <usize>capacity * width;
  const start = scratch + 4 * all + 8;
  const startScale = load<f64>(start + width);
  for (let j: usize = 0; j < width; j += 8) store<f64>(theta + j, load<f64>(start + j) * startScale);
  memory.fill(theta + width, 0, <usize>(n - 1) * width);
  clearRest(theta, n, capacity, width, square);
  let row = theta + all;
  let scale = scratch + all;
  let at = theta;
  for (let t = 1; t < n; t++) {
    const next = theta + <usize>t * width;
    let i: usize = 0;
    for (; i + 8 < width; i += 16, row += width) {
      const masses = ml(v128.load(at), v128.load(scale));
      const first = v128.shuffle<i64>(masses, masses, 0, 0);
      const second = v128.shuffle<i64>(masses, masses, 1, 1);
      let to = next;
      const end = row + pairs;
      do {
        moveTwo(row, width, to, first, second, true);
        row += 16;
        to += 16;
      } while (row < end);
      if (width & 8) {
        moveTwo(row, width, to, first, second, false);
        row += 8;
      }
      at += 16;
      scale += 16;
    }
    if (width & 8) {
      const first = ml(v128.load64_splat(at), v128.load64_splat(scale));
      let to = next;
      const end = row + pairs;
      for (; row < end; row += 16, to += 16) moveOne(row, to, first, true);
      moveOne(row, to, first, false);
      row += 8;
      at += 8;
      scale += 8;
    }
  }
  // What is added up may round to just above 1.
  for (let at = theta, end = theta + <usize>n * width; at < end; at += 8) {
    const p = load<f64>(at);
    store<f64>(at, p > 1 ? 1 : p);
  }
}

/** One row's part of the derivative: at `row` the weights, `toV` bytes on the direction, over which it is written. */
@inline function slope(
  row: usize,
  toV: usize,
  ahead: v128,
  w: v128,
  mass: v128,
  dMass: v128,
  centre: v128,
  both: bool,
): v128 {
  const above = f64x2.sub(plus(get(row + toV, both), ahead), centre);
  const moved = ml(w, plus(dMass, ml(mass, above)));
  put(row + toV, moved, both);
  return moved;
}

@inline function slopeOne(
  row: usize,
  toV: usize,
  ahead: usize,
  reach: usize,
  toD: usize,
  mass: v128,
  dMass: v128,
  centre: v128,
  both: bool,
): void {
  const w = get(row, both);
  const moved = slope(row, toV, get(ahead, both), w, mass, dMass, centre, both);
  put(reach, plus(get(reach, both), ml(mass, w)), both);
  put(reach + toD, plus(get(reach + toD, both), moved), both);
}

/** Cov(z) v over v, from what `chainSums` has left. */
export function chainJvp(theta: usize, v: usize, n: i32, capacity: i32, labels: i32, scratch: usize): void {
  const width = <usize>labels << 3;
  const pairs = width & ~15;
  const square = width * labels;
  const all = <usize>capacity * width;
  const total = scratch + 4 * all;
  const start = total + 8;
  const toV = v - theta;
  const toD = 2 * width;
  let now = start + width + 8;
  let then = now + width;
  const mean = load<f64>(total);
  const startScale = load<f64>(start + width);
  for (let j: usize = 0; j < width; j += 8) {
    const p = load<f64>(start + j) * startScale;
    const d = p * (load<f64>(scratch + 3 * all + j) - mean);
    store<f64>(now + j, p);
    store<f64>(now + j + toD, d);
    store<f64>(v + j, d);
  }
  let row = theta + all;
  let at = scratch + all;
  for (let t = 1; t < n; t++) {
    memory.fill(then, 0, width);
    memory.fill(then + toD, 0, width);
    const next = scratch + 3 * all + <usize>t * width;
    for (let i: usize = 0; i < width; i += 8, at += 8) {
      const scale = v128.load64_splat(at);
      const mass = ml(v128.load64_splat(now + i), scale);
      const dMass = ml(v128.load64_splat(now + i + toD), scale);
      const centre = v128.load64_splat(at + all);
      let ahead = next;
      let to = then;
      if (pairs) {
        const end = row + pairs;
        do {
          slopeOne(row, toV, ahead, to, toD, mass, dMass, centre, true);
          row += 16;
          ahead += 16;
          to += 16;
        } while (row < end);
      }
      if (width & 8) {
        slopeOne(row, toV, ahead, to, toD, mass, dMass, centre, false);
        row += 8;
      }
    }
    memory.copy(v + <usize>t * width, then + toD, width);
    const swap = now;
    now = then;
    then = swap;
  }
  clearRest(v, n, capacity, width, square);
}
