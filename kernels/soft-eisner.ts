/**
 * Eisner's algorithm with soft choices, and its gradient, two rows in the two lanes: src/algorithms/parses/soft-eisner.ts explains it.
 * Either way goes through items `from` … `to` − 1 of a chart, whose splits lie at `block`: lists of left, right and arc, 32-bit
 * integers, each with room for `room`, then pairs of scores and of weights. `arrays` holds pairs: scores and cotangents, size + 1
 * each, values and worths of items; the result, of size + 1, contributions and cotangents of items, which begin at 0.
 */
import { expPair } from "./exp";
import { addTo } from "./pairs";

/** Where a list's number points to in an array of pairs. */
@inline function pairOf(array: usize, list: usize): usize {
  return array + (<usize>load<u32>(list) << 4);
}

/** From small spans to large. */
export function softEisnerUp(
  product: bool,
  from: i32,
  to: i32,
  starts: usize,
  block: usize,
  room: usize,
  arrays: usize,
  size: i32,
  items: i32,
  inverse: f64,
): void {
  if (product) up(true, from, to, starts, block, room, arrays, size, items, inverse);
  else up(false, from, to, starts, block, room, arrays, size, items, inverse);
}

@inline function up(
  product: bool,
  from: i32,
  to: i32,
  starts: usize,
  block: usize,
  room: usize,
  arrays: usize,
  size: i32,
  items: i32,
  inverse: f64,
): void {
  const ofArcs = <usize>(size + 1) << 4;
  const cotangent = arrays + ofArcs;
  const value = cotangent + ofArcs;
  const worths = value + (<usize>items << 4);
  const first = <usize>load<u32>(starts + (<usize>from << 2)) << 2;
  const left = block - first;
  const right = left + (room << 2);
  const arc = right + (room << 2);
  const pairs = block + room * 12;
  const weights = pairs + (room << 4) - (first << 2);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const none = f64x2.splat(-Infinity);
  const scale = f64x2.splat(inverse);
  for (let item = from; item < to; item++) {
    const at = starts + (<usize>item << 2);
    const begin = <usize>load<u32>(at) << 2;
    const end = <usize>load<u32>(at, 4) << 2;
    // Nobody but a product asks for scores again.
    const scores = pairs - ((product ? first : begin) << 2);
    let most = none;
    let s = begin;
    do {
      const both = f64x2.add(v128.load(pairOf(value, left + s)), v128.load(pairOf(value, right + s)));
      const x = f64x2.add(both, v128.load(pairOf(arrays, arc + s)));
      v128.store(scores + (s << 2), x);
      most = f64x2.pmax(most, x);
      s += 4;
    } while (s < end);
    // Where no tree has the item, nothing of it has a weight.
    const shift = v128.and(most, f64x2.gt(most, none));
    let total = zero;
    s = begin << 2;
    do {
      const e = expPair(f64x2.mul(f64x2.sub(v128.load(scores + s), shift), scale));
      v128.store(weights + s, e);
      total = f64x2.add(total, e);
      s += 16;
    } while (s < end << 2);
    const share = v128.and(f64x2.div(one, total), f64x2.gt(total, zero));
    let mean = zero;
    let worth = zero;
    s = begin << 2;
    do {
      const weight = f64x2.mul(v128.load(weights + s), share);
      v128.store(weights + s, weight);
      // −∞ is without a weight.
      const gain = f64x2.pmax(f64x2.sub(v128.load(scores + s), shift), f64x2.splat(-f64.MAX_VALUE));
      mean = f64x2.add(mean, f64x2.mul(weight, gain));
      if (product) {
        const list = s >> 2;
        const own = f64x2.mul(weight, worthOf(worths, cotangent, left + list, right + list, arc + list));
        worth = f64x2.add(worth, v128.and(own, f64x2.gt(weight, zero)));
      }
      s += 16;
    } while (s < end << 2);
    v128.store(value + (<usize>item << 4), f64x2.add(most, mean));
    if (product) v128.store(worths + (<usize>item << 4), worth);
  }
}

/** From large spans to small. */
export function softEisnerDown(
  product: bool,
  from: i32,
  to: i32,
  starts: usize,
  block: usize,
  room: usize,
  arrays: usize,
  size: i32,
  items: i32,
  inverse: f64,
): void {
  if (product) down(true, from, to, starts, block, room, arrays, size, items, inverse);
  else down(false, from, to, starts, block, room, arrays, size, items, inverse);
}

@inline function down(
  product: bool,
  from: i32,
  to: i32,
  starts: usize,
  block: usize,
  room: usize,
  arrays: usize,
  size: i32,
  items: i32,
  inverse: f64,
): void {
  const ofArcs = <usize>(size + 1) << 4;
  const ofItems = <usize>items << 4;
  const cotangent = arrays + ofArcs;
  const value = cotangent + ofArcs;
  const worths = value + ofItems;
  const result = worths + ofItems;
  const contribution = result + ofArcs;
  const ofValue = contribution + ofItems;
  const first = <usize>load<u32>(starts + (<usize>from << 2)) << 2;
  const left = block - first;
  const right = left + (room << 2);
  const arc = right + (room << 2);
  const scores = block + room * 12 - (first << 2);
  const weights = scores + (room << 4);
  const zero = f64x2.splat(0);
  const scale = f64x2.splat(inverse);
  for (let item = to - 1; item >= from; item--) {
    const at = starts + (<usize>item << 2);
    const end = <usize>load<u32>(at, 4) << 2;
    const here = <usize>item << 4;
    const own = v128.load(contribution + here);
    const worth = product ? v128.load(worths + here) : zero;
    const ofOwn = product ? v128.load(ofValue + here) : zero;
    const expected = product ? v128.load(value + here) : zero;
    let s = <usize>load<u32>(at) << 2;
    do {
      const weight = v128.load(weights + (s << 2));
      const share = f64x2.mul(own, weight);
      addTo(pairOf(contribution, left + s), share);
      addTo(pairOf(contribution, right + s), share);
      if (product) {
        const fromArcs = f64x2.mul(
          own,
          f64x2.sub(worthOf(worths, cotangent, left + s, right + s, arc + s), worth),
        );
        const fromScore = f64x2.mul(ofOwn, f64x2.sub(v128.load(scores + (s << 2)), expected));
        const both = f64x2.add(ofOwn, f64x2.mul(f64x2.add(fromArcs, fromScore), scale));
        const ofScore = v128.and(f64x2.mul(weight, both), f64x2.gt(weight, zero));
        addTo(pairOf(ofValue, left + s), ofScore);
        addTo(pairOf(ofValue, right + s), ofScore);
        addTo(pairOf(result, arc + s), ofScore);
      } else addTo(pairOf(result, arc + s), share);
      s += 4;
    } while (s < end);
  }
}

/** What a unit of weight that flows into a split is worth downstream. */
@inline function worthOf(worths: usize, cotangent: usize, left: usize, right: usize, arc: usize): v128 {
  const below = f64x2.add(v128.load(pairOf(worths, left)), v128.load(pairOf(worths, right)));
  return f64x2.add(below, v128.load(pairOf(cotangent, arc)));
}
