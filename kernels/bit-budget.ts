/**
 * Sums over bits within a budget: the same in the same order as src/algorithms/subsets/bit-budget.ts, which explains them. Two
 * lanes are two neighbouring budgets; what a layer moves to the next is gathered there, not strewn.
 *
 * Arrays: θ of the row; weights, low and high of `n` + 1 integers each; factors of n · blocks doubles, then their powers; layers,
 * each block with room for `stride` ≥ budget + 2 doubles: two of values and two of exponents, or of probabilities and their
 * derivatives; tables of n layers. MAP has n + 1 layers of values instead.
 */
import { expPair } from "./exp";
import { logNormal } from "./log";
import { get, ml, plus, put } from "./pairs";

const ROOT: f64 = 1.157920892373162e77;
const BASE: f64 = ROOT * ROOT;
const LOG_BASE_HIGH: f64 = 512 * 6.9314718036912382e-1;
const LOG_BASE_LOW: f64 = 512 * 1.9082149292705877e-10;
const LOG_ROOT: f64 = 177.5;
const NEGLIGIBLE: f64 = 1e-300;

@inline function weightOf(ints: usize, i: i32): i32 {
  return load<i32>(ints + (<usize>i << 2));
}

@inline function lowOf(ints: usize, n: i32, i: i32): i32 {
  return load<i32>(ints + (<usize>(n + 1 + i) << 2));
}

@inline function highOf(ints: usize, n: i32, i: i32): i32 {
  return load<i32>(ints + (<usize>(2 * (n + 1) + i) << 2));
}

/** x in cells `first` … `last` of each block of a layer. */
function fillCells(layer: usize, blocks: i32, width: usize, first: i32, last: i32, x: f64): void {
  for (; blocks > 0; blocks--, layer += width) {
    const end = layer + (<usize>(last + 1) << 3);
    for (let at = layer + (<usize>first << 3); at < end; at += 8) store<f64>(at, x);
  }
}

/** Most copies are short: memory.copy, and memory.fill, are calls of their own. */
function copyCells(to: usize, from: usize, bytes: usize): void {
  const end = to + (bytes & ~15);
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
  if (bytes & 8) store<f64>(to, load<f64>(from));
}

function clearCells(at: usize, bytes: usize): void {
  for (const end = at + bytes; at < end; at += 8) store<f64>(at, 0);
}

/** Factors e^θ of all bits in all blocks, as doubles times powers of B. */
function factorise(theta: usize, n: i32, capacity: i32, blocks: i32, factors: usize): void {
  const count = <usize>(n * blocks) << 3;
  const high = f64x2.splat(LOG_BASE_HIGH);
  const root = f64x2.splat(LOG_ROOT);
  for (let k: usize = 0; k < count; k += 16) {
    const both = k + 8 < count;
    let gain: v128;
    if (blocks == 1) gain = both ? get(theta + k, true) : get(theta + k, false);
    else {
      const at = theta + (k >> 1);
      gain = v128.load64_splat(at);
      if (k > 0) {
        const product = load<f64>(at + (<usize>(capacity - 1) << 3));
        gain = f64x2.replace_lane(gain, 1, f64x2.extract_lane(gain, 0) + product);
      }
    }
    const plain = v128.or(f64x2.lt(f64x2.abs(gain), root), f64x2.eq(gain, f64x2.splat(-Infinity)));
    const power = v128.andnot(f64x2.floor(plus(f64x2.div(gain, high), f64x2.splat(0.5))), plain);
    const rest = f64x2.sub(f64x2.sub(gain, ml(power, high)), ml(power, f64x2.splat(LOG_BASE_LOW)));
    const bounded = f64x2.min(f64x2.max(rest, f64x2.splat(-LOG_ROOT)), root);
    const factor = expPair(v128.bitselect(rest, bounded, plain));
    if (both) {
      v128.store(factors + k, factor);
      v128.store(factors + count + k, power);
    } else {
      v128.store64_lane(factors + k, factor, 0);
      v128.store64_lane(factors + count + k, power, 0);
    }
  }
}

@inline function sumCells(
  zero: usize,
  one: usize,
  toExponents: usize,
  here: usize,
  chance: usize,
  factor: v128,
  power: v128,
  both: bool,
): void {
  const nothing = f64x2.splat(0);
  let without = get(zero, both);
  let within = ml(factor, get(one, both));
  let e = get(zero + toExponents, both);
  const gap = f64x2.sub(plus(power, get(one + toExponents, both)), e);
  const uneven = v128.and(f64x2.ne(gap, nothing), f64x2.ne(within, nothing));
  if (v128.any_true(uneven)) {
    const byBase = f64x2.splat(1 / BASE);
    const rise = v128.and(v128.or(f64x2.gt(gap, nothing), f64x2.eq(without, nothing)), uneven);
    const fall = v128.andnot(uneven, rise);
    const less = v128.and(ml(without, byBase), f64x2.eq(gap, f64x2.splat(1)));
    const lower = v128.and(ml(within, byBase), f64x2.eq(gap, f64x2.splat(-1)));
    e = plus(e, v128.and(gap, rise));
    without = v128.bitselect(less, without, rise);
    within = v128.bitselect(lower, within, fall);
  }
  let sum = plus(without, within);
  put(chance, v128.and(f64x2.div(within, sum), f64x2.ne(within, nothing)), both);
  const large = f64x2.ge(sum, f64x2.splat(ROOT));
  const small = v128.and(f64x2.lt(sum, f64x2.splat(1 / ROOT)), f64x2.ne(sum, nothing));
  if (v128.any_true(v128.or(large, small))) {
    const one = f64x2.splat(1);
    const scaled = v128.bitselect(ml(sum, f64x2.splat(1 / BASE)), ml(sum, f64x2.splat(BASE)), large);
    sum = v128.bitselect(scaled, sum, v128.or(large, small));
    e = f64x2.sub(plus(e, v128.and(one, large)), v128.and(one, small));
  }
  put(here, sum, both);
  put(here + toExponents, e, both);
}

/** log Z; leaves the chances of all states in their table. */
export function bitSums(
  theta: usize,
  ints: usize,
  n: i32,
  capacity: i32,
  blocks: i32,
  stride: i32,
  factors: usize,
  layers: usize,
  chance: usize,
): f64 {
  factorise(theta, n, capacity, blocks, factors);
  const width = <usize>stride << 3;
  const layer = <usize>blocks * width;
  const toExponents = 2 * layer;
  let next = layers + <usize>(n & 1) * layer;
  fillCells(next, blocks, width, lowOf(ints, n, n), highOf(ints, n, n), 1);
  fillCells(next + toExponents, blocks, width, lowOf(ints, n, n), highOf(ints, n, n), 0);
  for (let i = n - 1; i >= 0; i--) {
    const weight = weightOf(ints, i);
    const low = lowOf(ints, n, i);
    const high = highOf(ints, n, i);
    const dead = highOf(ints, n, i + 1) + 1;
    fillCells(next, blocks, width, dead, high, 0);
    fillCells(next + toExponents, blocks, width, dead, high, 0);
    let here = layers + <usize>(i & 1) * layer;
    const first = here;
    const from = max(low, weight);
    const copied = <usize>max(0, min(from, high + 1) - low) << 3;
    const begin = <usize>from << 3;
    for (let block = 0; block < (i == 0 ? 1 : blocks); block++, here += width) {
      const k = <usize>(i * blocks + block) << 3;
      const table = chance + <usize>(i * blocks + block) * width;
      if (copied) {
        const at = <usize>low << 3;
        copyCells(here + at, next + at, copied);
        copyCells(here + toExponents + at, next + toExponents + at, copied);
        clearCells(table + at, copied);
      }
      const factor = v128.load64_splat(factors + k);
      const power = v128.load64_splat(factors + (<usize>(n * blocks) << 3) + k);
      let zero = next + begin;
      let one = next + layer - width + begin - (<usize>weight << 3);
      let to = here + begin;
      let p = table + begin;
      for (let c = from; c < high; c += 2, zero += 16, one += 16, to += 16, p += 16) {
        sumCells(zero, one, toExponents, to, p, factor, power, true);
      }
      if (from <= high && !((high - from) & 1)) {
        sumCells(zero, one, toExponents, to, p, factor, power, false);
      }
    }
    next = first;
  }
  const budget = lowOf(ints, n, 0);
  if (highOf(ints, n, 0) < budget) return -Infinity;
  const sum = next + (<usize>budget << 3);
  if (load<f64>(sum) == 0) return -Infinity;
  const power = load<f64>(sum + toExponents);
  const log = f64x2.extract_lane(logNormal(v128.load64_splat(sum)), 0);
  return power * LOG_BASE_HIGH + (power * LOG_BASE_LOW + log);
}

@inline function surpriseOf(p: v128, zero: usize, one: usize, here: usize, both: bool): void {
  const certain = f64x2.splat(1);
  const rest = f64x2.sub(certain, p);
  const open = v128.and(f64x2.gt(p, f64x2.splat(NEGLIGIBLE)), f64x2.lt(p, certain));
  let own = f64x2.splat(0);
  if (v128.any_true(open)) own = v128.and(plus(ml(p, logNormal(p)), ml(rest, logNormal(rest))), open);
  put(here, f64x2.sub(plus(ml(rest, get(zero, both)), ml(p, get(one, both))), own), both);
}

@inline function meanOf(p: v128, zero: usize, one: usize, here: usize, toD: usize, at: usize, own: v128, both: bool): void {
  const without = get(zero, both);
  const more = f64x2.sub(plus(own, get(one, both)), without);
  put(here, plus(without, ml(p, more)), both);
  put(at + toD, ml(ml(p, f64x2.sub(f64x2.splat(1), p)), more), both);
}

/** Means of all that follows a state, by the chances: the entropy; or, where there is an address v, ⟨z, v⟩. Returns that of all. */
export function bitMeans(
  v: usize,
  ints: usize,
  n: i32,
  capacity: i32,
  blocks: i32,
  stride: i32,
  layers: usize,
  chance: usize,
  toD: usize,
): f64 {
  const width = <usize>stride << 3;
  const layer = <usize>blocks * width;
  let next = layers + <usize>(n & 1) * layer;
  fillCells(next, blocks, width, lowOf(ints, n, n), highOf(ints, n, n), 0);
  for (let i = n - 1; i >= 0; i--) {
    const weight = weightOf(ints, i);
    const low = lowOf(ints, n, i);
    const high = highOf(ints, n, i);
    fillCells(next, blocks, width, highOf(ints, n, i + 1) + 1, high, 0);
    let here = layers + <usize>(i & 1) * layer;
    const first = here;
    const from = max(low, weight);
    const copied = <usize>max(0, min(from, high + 1) - low) << 3;
    const begin = <usize>from << 3;
    for (let block = 0; block < (i == 0 ? 1 : blocks); block++, here += width) {
      const table = chance + <usize>(i * blocks + block) * width;
      if (copied) {
        const at = <usize>low << 3;
        copyCells(here + at, next + at, copied);
        if (v) clearCells(table + at + toD, copied);
      }
      let zero = next + begin;
      let one = next + layer - width + begin - (<usize>weight << 3);
      let to = here + begin;
      let p = table + begin;
      const single = from <= high && !((high - from) & 1);
      if (v) {
        let met = load<f64>(v + (<usize>i << 3));
        if (block == 1) met += load<f64>(v + (<usize>(capacity + i - 1) << 3));
        const own = f64x2.splat(met);
        for (let c = from; c < high; c += 2, zero += 16, one += 16, to += 16, p += 16) {
          meanOf(v128.load(p), zero, one, to, toD, p, own, true);
        }
        if (single) meanOf(v128.load64_zero(p), zero, one, to, toD, p, own, false);
      } else {
        for (let c = from; c < high; c += 2, zero += 16, one += 16, to += 16, p += 16) {
          surpriseOf(v128.load(p), zero, one, to, true);
        }
        if (single) surpriseOf(v128.load64_zero(p), zero, one, to, false);
      }
    }
    next = first;
  }
  return load<f64>(next + (<usize>lowOf(ints, n, 0) << 3));
}

/** Splits two states of a layer into what stays, over their probability, and what a bit takes, over its chance. Returns this. */
@inline function moveCells(mass: usize, p: usize, both: bool): v128 {
  const m = get(mass, both);
  const moved = ml(m, get(p, both));
  put(mass, f64x2.sub(m, moved), both);
  put(p, moved, both);
  return moved;
}

/** `moveCells` of the derivatives, which lie `toD` bytes on, and of what they are derivatives of. */
@inline function slopeCells(mass: usize, toDReach: usize, p: usize, toD: usize, both: bool): v128 {
  const m = get(mass, both);
  const dm = get(mass + toDReach, both);
  const q = get(p, both);
  const dMoved = plus(ml(dm, q), ml(m, get(p + toD, both)));
  put(mass + toDReach, f64x2.sub(dm, dMoved), both);
  put(p + toD, dMoved, both);
  moveCells(mass, p, both);
  return dMoved;
}

function moveBlock(ofVector: bool, mass: usize, toDReach: usize, p: usize, toD: usize, bytes: usize): f64 {
  const end = mass + (bytes & ~15);
  let total = f64x2.splat(0);
  if (ofVector) {
    for (; mass < end; mass += 16, p += 16) total = plus(total, slopeCells(mass, toDReach, p, toD, true));
    if (bytes & 8) total = plus(total, slopeCells(mass, toDReach, p, toD, false));
  } else {
    for (; mass < end; mass += 16, p += 16) total = plus(total, moveCells(mass, p, true));
    if (bytes & 8) total = plus(total, moveCells(mass, p, false));
  }
  return f64x2.extract_lane(total, 0) + f64x2.extract_lane(total, 1);
}

function addCells(to: usize, a: usize, b: usize, bytes: usize): void {
  const end = to + (bytes & ~15);
  for (; to < end; to += 16, a += 16, b += 16) v128.store(to, plus(v128.load(a), v128.load(b)));
  if (bytes & 8) store<f64>(to, load<f64>(a) + load<f64>(b));
}

/** The next layer's cells from what stayed and what was taken, `weight` bytes on, of which there is less. */
function gather(next: usize, stayed: usize, taken: usize, blocks: i32, width: usize, weight: usize, all: usize, ones: usize): void {
  taken += weight;
  if (blocks == 1) {
    addCells(next, stayed, taken, ones);
    copyCells(next + ones, stayed + ones, all - ones);
  } else {
    addCells(next, stayed, stayed + width, all);
    addCells(next + width, taken, taken + width, ones);
    clearCells(next + width + ones, all - ones);
  }
}

/** The probability that each bit is 1, by the chances; or, `ofVector`, its derivative, by theirs `toD` bytes on. Spends the tables. */
export function bitMoves(
  ofVector: bool,
  out: usize,
  ints: usize,
  n: i32,
  capacity: i32,
  blocks: i32,
  stride: i32,
  layers: usize,
  chance: usize,
  toD: usize,
): void {
  const width = <usize>stride << 3;
  const layer = <usize>blocks * width;
  const toDReach = 2 * layer;
  const budget = lowOf(ints, n, 0);
  memory.fill(out, 0, <usize>(blocks == 1 ? capacity : 2 * capacity - 1) << 3);
  // Before the first bit there is one state; its second block is empty.
  fillCells(layers, blocks, width, budget, budget, 0);
  fillCells(layers + toDReach, blocks, width, budget, budget, 0);
  store<f64>(layers + (<usize>budget << 3), 1);
  if (blocks == 2) {
    store<f64>(chance + width + (<usize>budget << 3), 0);
    if (ofVector) store<f64>(chance + toD + width + (<usize>budget << 3), 0);
  }
  for (let i = 0; i < n; i++) {
    const low = lowOf(ints, n, i);
    const high = highOf(ints, n, i);
    const then = lowOf(ints, n, i + 1);
    const weight = weightOf(ints, i);
    const here = layers + <usize>(i & 1) * layer;
    const next = layers + <usize>(~i & 1) * layer;
    const table = chance + <usize>(i * blocks) * width;
    const at = <usize>low << 3;
    for (let block = 0; block < blocks; block++) {
      const mass = here + <usize>block * width + at;
      const p = table + <usize>block * width + at;
      const total = moveBlock(ofVector, mass, toDReach, p, toD, <usize>(high + 1 - low) << 3);
      const moved = ofVector ? total : min<f64>(total, 1);
      if (block == 0) store<f64>(out + (<usize>i << 3), total);
      else if (i > 0) {
        store<f64>(out + (<usize>i << 3), load<f64>(out + (<usize>i << 3)) + total);
        store<f64>(out + (<usize>(capacity + i - 1) << 3), moved);
      }
    }
    if (!ofVector) store<f64>(out + (<usize>i << 3), min<f64>(load<f64>(out + (<usize>i << 3)), 1));
    // Below `low` nothing stayed.
    fillCells(here, blocks, width, then, low - 1, 0);
    const to = <usize>then << 3;
    const all = <usize>(high + 1 - then) << 3;
    const ones = <usize>max(0, high + 1 - then - weight) << 3;
    gather(next + to, here + to, table + to, blocks, width, <usize>weight << 3, all, ones);
    if (ofVector) {
      fillCells(here + toDReach, blocks, width, then, low - 1, 0);
      gather(next + toDReach + to, here + toDReach + to, table + toD + to, blocks, width, <usize>weight << 3, all, ones);
    }
  }
}

/** A best state over θ; `layers` has room for n + 1 of them. False where there is none. */
export function bitMap(
  exact: bool,
  theta: usize,
  ints: usize,
  n: i32,
  capacity: i32,
  blocks: i32,
  stride: i32,
  layers: usize,
): bool {
  const width = <usize>stride << 3;
  const layer = <usize>blocks * width;
  let next = layers + <usize>n * layer;
  fillCells(next, blocks, width, lowOf(ints, n, n), highOf(ints, n, n), 0);
  for (let i = n - 1; i >= 0; i--, next -= layer) {
    const weight = weightOf(ints, i);
    const low = lowOf(ints, n, i);
    const high = highOf(ints, n, i);
    fillCells(next, blocks, width, highOf(ints, n, i + 1) + 1, high, -Infinity);
    const from = max(low, weight);
    const copied = <usize>max(0, min(from, high + 1) - low) << 3;
    const begin = <usize>from << 3;
    const bytes = <usize>max(0, high + 1 - from) << 3;
    for (let block = 0; block < (i == 0 ? 1 : blocks); block++) {
      const here = next - layer + <usize>block * width;
      copyCells(here + (<usize>low << 3), next + (<usize>low << 3), copied);
      const gain = f64x2.splat(gainOf(theta, capacity, i, block));
      let to = here + begin;
      let zero = next + begin;
      let one = next + layer - width + begin - (<usize>weight << 3);
      for (const end = to + (bytes & ~15); to < end; to += 16, zero += 16, one += 16) {
        v128.store(to, f64x2.pmax(v128.load(zero), plus(gain, v128.load(one))));
      }
      if (bytes & 8) {
        const within = plus(gain, v128.load64_zero(one));
        v128.store64_lane(to, f64x2.pmax(v128.load64_zero(zero), within), 0);
      }
    }
  }
  const budget = lowOf(ints, n, 0);
  if (highOf(ints, n, 0) < budget || load<f64>(layers + (<usize>budget << 3)) == -Infinity) return false;
  // Bits are marked in the lowest integers, which hold each bit's weight no longer than it is decided.
  let left = budget;
  let block = 0;
  next = layers + layer;
  for (let i = 0; i < n; i++, next += layer) {
    const weight = weightOf(ints, i);
    let bit = 0;
    if (left >= weight) {
      const gain = gainOf(theta, capacity, i, block);
      const without = load<f64>(next + (<usize>left << 3));
      const within = gain + load<f64>(next + layer - width + (<usize>(left - weight) << 3));
      // The lowest index wins; where nothing has to be taken, what gains nothing is left.
      bit = i32(within > without || (within == without && (exact || gain > 0)));
    }
    if (bit) left -= weight;
    block = bit * (blocks - 1);
    store<i32>(ints + (<usize>i << 2), bit);
  }
  memory.fill(theta, 0, <usize>(blocks == 1 ? capacity : 2 * capacity - 1) << 3);
  for (let i = 0, before = 0; i < n; i++) {
    const bit = load<i32>(ints + (<usize>i << 2));
    store<f64>(theta + (<usize>i << 3), f64(bit));
    if (blocks == 2 && i > 0) store<f64>(theta + (<usize>(capacity + i - 1) << 3), f64(bit & before));
    before = bit;
  }
  return true;
}

@inline function gainOf(theta: usize, capacity: i32, i: i32, block: i32): f64 {
  const own = load<f64>(theta + (<usize>i << 3));
  return block == 0 ? own : own + load<f64>(theta + (<usize>(capacity + i - 1) << 3));
}
