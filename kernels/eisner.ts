/**
 * Best projective trees, sums over them and their marginals, two rows in the two lanes, as src/algorithms/parses/eisner.ts and
 * inside-outside.ts find them; spans.ts there explains the spans.
 *
 * `tables` holds pairs, four times the six kinds of spans, `stride`² pairs each: values inside, their seconds (derivatives or
 * entropies), probabilities, and derivatives of those. What the whole sentence has stands in place n of RIGHT, or 0 of CHILD
 * where the root has one child only.
 */
import { expPair } from "./exp";
import { logNormal } from "./log";
import { addTo } from "./pairs";

const BEST = 0;
const SUM = 1;
const DERIVATIVE = 2;
const ENTROPY = 3;

let n: i32 = 0;
let single: bool = false;
/** Bytes of a row of spans, and of all tables of one of the four. */
let step: usize = 0;
let all: usize = 0;
let open: usize = 0;
let openRight: usize = 0;
let openLeft: usize = 0;
let right: usize = 0;
let left: usize = 0;
let child: usize = 0;

function layOut(words: i32, stride: i32, one: bool, tables: usize): void {
  n = words;
  single = one;
  step = <usize>stride << 4;
  const size = step * <usize>stride;
  all = 6 * size;
  open = tables;
  openRight = open + size;
  openLeft = openRight + size;
  right = openLeft + size;
  left = right + size;
  child = left + size;
}

/** The best of the terms a[j] + b[j], the latter a column. */
@inline function bestOf(a: usize, b: usize, count: i32): v128 {
  let top = f64x2.splat(-Infinity);
  do {
    top = f64x2.pmax(top, f64x2.add(v128.load(a), v128.load(b)));
    a += 16;
    b += step;
  } while (--count);
  return top;
}

@inline function sumOf(a: usize, b: usize, count: i32): v128 {
  const top = bestOf(a, b, count);
  if (count == 1) return top;
  let total = f64x2.splat(0);
  do {
    total = f64x2.add(total, expPair(f64x2.sub(f64x2.add(v128.load(a), v128.load(b)), top)));
    a += 16;
    b += step;
  } while (--count);
  const sum = f64x2.add(top, logNormal(total));
  return v128.bitselect(top, sum, f64x2.eq(top, f64x2.splat(-Infinity)));
}

/** What the second numbers of the terms of a sum, which is known, make of its own. */
@inline function secondOf(entropic: bool, a: usize, b: usize, count: i32, total: v128): v128 {
  const zero = f64x2.splat(0);
  let second = zero;
  do {
    const log = f64x2.sub(f64x2.add(v128.load(a), v128.load(b)), total);
    const p = expPair(log);
    const some = f64x2.gt(p, zero);
    const own = f64x2.mul(p, f64x2.add(v128.load(a + all), v128.load(b + all)));
    second = f64x2.add(second, v128.and(own, some));
    if (entropic) second = f64x2.sub(second, v128.and(f64x2.mul(p, log), some));
    a += 16;
    b += step;
  } while (--count);
  return second;
}

/** Of the terms of the span whose value inside is, or will be, at `span`. */
@inline function combine(what: i32, a: usize, b: usize, count: i32, span: usize): void {
  if (what == BEST) v128.store(span, bestOf(a, b, count));
  else if (what == SUM) v128.store(span, sumOf(a, b, count));
  else v128.store(span + all, secondOf(what == ENTROPY, a, b, count, v128.load(span)));
}

@inline function fill(what: i32, theta: usize): void {
  const second: usize = what < DERIVATIVE ? 0 : all;
  const zero = f64x2.splat(0);
  for (let s: usize = 0; s <= <usize>n; s++) {
    v128.store(right + s * (step + 16) + second, zero);
    v128.store(left + s * (step + 16) + second, zero);
  }
  for (let length = 1; length <= n; length++) {
    for (let s = i32(single); s + length <= n; s++) {
      const row = <usize>s * step;
      const start = row + (<usize>s << 4);
      const end = <usize>(s + length) << 4;
      const here = row + end;
      const column = here + step;
      combine(what, right + start, left + column, length, open + here);
      const score = v128.load(open + here + second);
      v128.store(openRight + here + second, f64x2.add(v128.load(theta + here), score));
      combine(what, openRight + start + 16, right + column, length, right + here);
      if (s == 0) continue;
      const turned = theta + <usize>(s + length) * step + (<usize>s << 4);
      v128.store(openLeft + here + second, f64x2.add(v128.load(turned), score));
      combine(what, left + start, openLeft + here, length, left + here);
    }
  }
  if (!single) return;
  for (let c: usize = 16; c <= <usize>n << 4; c += 16) {
    v128.store(child + c + second, f64x2.add(v128.load(theta + c), v128.load(left + step + c + second)));
  }
  combine(what, child + 16, right + step + (<usize>n << 4), n, child);
}

/** The best values of spans. */
export function eisnerBest(words: i32, stride: i32, one: bool, tables: usize, theta: usize): void {
  layOut(words, stride, one, tables);
  fill(BEST, theta);
}

export function eisnerSums(words: i32, stride: i32, one: bool, tables: usize, theta: usize): void {
  layOut(words, stride, one, tables);
  fill(SUM, theta);
}

/** Seconds, after `eisnerSums`: derivatives along what stands in the arcs' places, or entropies, with zeros there. */
export function eisnerSeconds(
  entropic: bool,
  words: i32,
  stride: i32,
  one: bool,
  tables: usize,
  direction: usize,
): void {
  layOut(words, stride, one, tables);
  if (entropic) fill(ENTROPY, direction);
  else fill(DERIVATIVE, direction);
}

/** Shares a span's probability among the terms of its sum, and its derivative. */
@inline function share(product: bool, a: usize, b: usize, count: i32, span: usize): void {
  const total = v128.load(span);
  const weight = v128.load(span + 2 * all);
  // Spans that no tree has are in no lane's sum.
  const some = f64x2.gt(weight, f64x2.splat(0));
  if (!v128.any_true(some)) return;
  const second = product ? v128.load(span + all) : total;
  const ofWeight = product ? v128.load(span + 3 * all) : total;
  do {
    const p = expPair(f64x2.sub(f64x2.add(v128.load(a), v128.load(b)), total));
    const part = v128.and(f64x2.mul(weight, p), some);
    addTo(a + 2 * all, part);
    addTo(b + 2 * all, part);
    if (product) {
      const both = f64x2.add(v128.load(a + all), v128.load(b + all));
      const ofP = f64x2.mul(p, f64x2.sub(both, second));
      const ofPart = v128.and(f64x2.add(f64x2.mul(ofWeight, p), f64x2.mul(weight, ofP)), some);
      addTo(a + 3 * all, ofPart);
      addTo(b + 3 * all, ofPart);
    }
    a += 16;
    b += step;
  } while (--count);
}

@inline function outside(product: bool): void {
  const zero = f64x2.splat(0);
  const tables = open + 2 * all;
  for (let at = tables; at < tables + (product ? 2 * all : all); at += 16) v128.store(at, zero);
  const one = f64x2.splat(1);
  if (single) {
    v128.store(child + 2 * all, one);
    share(product, child + 16, right + step + (<usize>n << 4), n, child);
    for (let c: usize = 16; c <= <usize>n << 4; c += 16) {
      addTo(left + step + c + 2 * all, v128.load(child + c + 2 * all));
      if (product) addTo(left + step + c + 3 * all, v128.load(child + c + 3 * all));
    }
  } else v128.store(right + (<usize>n << 4) + 2 * all, one);
  for (let length = n; length >= 1; length--) {
    for (let s = i32(single); s + length <= n; s++) {
      const row = <usize>s * step;
      const start = row + (<usize>s << 4);
      const here = row + (<usize>(s + length) << 4);
      const column = here + step;
      share(product, openRight + start + 16, right + column, length, right + here);
      if (s > 0) share(product, left + start, openLeft + here, length, left + here);
      let at = here + 2 * all;
      v128.store(open + at, f64x2.add(v128.load(openRight + at), v128.load(openLeft + at)));
      if (product) {
        at += all;
        v128.store(open + at, f64x2.add(v128.load(openRight + at), v128.load(openLeft + at)));
      }
      share(product, right + start, left + column, length, open + here);
    }
  }
}

/** Probabilities of spans, after `eisnerSums`, and their derivatives, after `eisnerSeconds`. */
export function eisnerOutside(product: bool, words: i32, stride: i32, one: bool, tables: usize): void {
  layOut(words, stride, one, tables);
  if (product) outside(true);
  else outside(false);
}
