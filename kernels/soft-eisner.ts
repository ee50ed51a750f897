/**
 * Eisner's algorithm with soft choices, and its gradient, two rows in the two lanes: src/relaxations/soft-eisner.ts explains it. Lists of
 * the chart are of 32-bit integers, one behind the other: starts, left, right, arc.
 */
import { expPair } from "./exp";
import { loadPair, storePair } from "./pairs";

/** Where a list's number points to in an array of pairs. */
@inline function pairOf(array: usize, list: usize): usize {
  return array + (<usize>load<u32>(list) << 4);
}

@inline function addTo(at: usize, x: v128): void {
  v128.store(at, f64x2.add(v128.load(at), x));
}

/**
 * Trees of two rows of `size` scores, or gradients where there is an address g of two rows of cotangents; the second row lies `second`
 * bytes behind the first. `arrays` holds, in pairs of doubles, 3 (size + 1), then 4 of `items`, then 2 of splits.
 */
export function softEisner(
  u: usize,
  g: usize,
  second: usize,
  size: i32,
  lists: usize,
  items: i32,
  inverse: f64,
  arrays: usize,
  out: usize,
): void {
  const endOfItems = <usize>items << 2;
  const lastStart = lists + endOfItems;
  const splits = <usize>load<u32>(lastStart);
  const left = lastStart + 4;
  const right = left + (splits << 2);
  const arc = right + (splits << 2);
  const ofArcs = <usize>(size + 1) << 4;
  const ofItems = <usize>items << 4;
  const score = arrays;
  const cotangent = score + ofArcs;
  const result = cotangent + ofArcs;
  const value = result + ofArcs;
  const contribution = value + ofItems;
  const ofContribution = contribution + ofItems;
  const ofValue = ofContribution + ofItems;
  const scores = ofValue + ofItems;
  const weights = scores + (splits << 4);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const scale = f64x2.splat(inverse);

  let to = score;
  for (let i: usize = 0; i < <usize>size << 3; i += 8, to += 16) {
    v128.store(to, loadPair(u + i, u + i + second));
    if (g) v128.store(to + ofArcs, loadPair(g + i, g + i + second));
  }
  // No arc.
  v128.store(to, zero);
  v128.store(to + ofArcs, zero);

  v128.store(value, zero);
  for (let item: usize = 4; item < endOfItems; item += 4) {
    const begin = <usize>load<u32>(lists + item) << 2;
    const end = <usize>load<u32>(lists + item, 4) << 2;
    let most = f64x2.splat(-Infinity);
    let s = begin;
    do {
      const both = f64x2.add(v128.load(pairOf(value, left + s)), v128.load(pairOf(value, right + s)));
      const x = f64x2.add(both, v128.load(pairOf(score, arc + s)));
      v128.store(scores + (s << 2), x);
      most = f64x2.pmax(most, x);
      s += 4;
    } while (s < end);
    let total = zero;
    s = begin << 2;
    do {
      const e = expPair(f64x2.mul(f64x2.sub(v128.load(scores + s), most), scale));
      v128.store(weights + s, e);
      total = f64x2.add(total, e);
      s += 16;
    } while (s < end << 2);
    const share = f64x2.div(one, total);
    let mean = zero;
    s = begin << 2;
    do {
      const weight = f64x2.mul(v128.load(weights + s), share);
      v128.store(weights + s, weight);
      mean = f64x2.add(mean, f64x2.mul(weight, f64x2.sub(v128.load(scores + s), most)));
      s += 16;
    } while (s < end << 2);
    v128.store(value + (item << 2), f64x2.add(most, mean));
  }

  memory.fill(result, 0, ofArcs);
  memory.fill(contribution, 0, ofItems);
  v128.store(contribution + ofItems - 16, one);
  for (let item = endOfItems - 4; item > 0; item -= 4) {
    const end = <usize>load<u32>(lists + item, 4) << 2;
    const own = v128.load(contribution + (item << 2));
    let s = <usize>load<u32>(lists + item) << 2;
    do {
      const share = f64x2.mul(own, v128.load(weights + (s << 2)));
      addTo(pairOf(contribution, left + s), share);
      addTo(pairOf(contribution, right + s), share);
      addTo(pairOf(result, arc + s), share);
      s += 4;
    } while (s < end);
  }

  if (g) {
    v128.store(ofContribution, zero);
    for (let item: usize = 4; item < endOfItems; item += 4) {
      const end = <usize>load<u32>(lists + item, 4) << 2;
      let sum = zero;
      let s = <usize>load<u32>(lists + item) << 2;
      do {
        const weight = v128.load(weights + (s << 2));
        const product = f64x2.mul(weight, worth(ofContribution, cotangent, left + s, right + s, arc + s));
        sum = f64x2.add(sum, v128.and(product, f64x2.gt(weight, zero)));
        s += 4;
      } while (s < end);
      v128.store(ofContribution + (item << 2), sum);
    }
    memory.fill(result, 0, ofArcs);
    memory.fill(ofValue, 0, ofItems);
    for (let item = endOfItems - 4; item > 0; item -= 4) {
      const end = <usize>load<u32>(lists + item, 4) << 2;
      const own = v128.load(contribution + (item << 2));
      const mean = v128.load(ofContribution + (item << 2));
      const ofOwn = v128.load(ofValue + (item << 2));
      const expected = v128.load(value + (item << 2));
      let s = <usize>load<u32>(lists + item) << 2;
      do {
        const weight = v128.load(weights + (s << 2));
        const worthHere = worth(ofContribution, cotangent, left + s, right + s, arc + s);
        const fromArcs = f64x2.mul(own, f64x2.sub(worthHere, mean));
        const fromScore = f64x2.mul(ofOwn, f64x2.sub(v128.load(scores + (s << 2)), expected));
        const both = f64x2.add(ofOwn, f64x2.mul(f64x2.add(fromArcs, fromScore), scale));
        const ofScore = v128.and(f64x2.mul(weight, both), f64x2.gt(weight, zero));
        addTo(pairOf(ofValue, left + s), ofScore);
        addTo(pairOf(ofValue, right + s), ofScore);
        addTo(pairOf(result, arc + s), ofScore);
        s += 4;
      } while (s < end);
    }
  }

  let from = result;
  for (let i: usize = 0; i < <usize>size << 3; i += 8, from += 16) {
    storePair(out + i, out + i + second, v128.load(from));
  }
}

/** What a unit of weight that flows into a split is worth downstream. */
@inline function worth(ofContribution: usize, cotangent: usize, left: usize, right: usize, arc: usize): v128 {
  const below = f64x2.add(v128.load(pairOf(ofContribution, left)), v128.load(pairOf(ofContribution, right)));
  return f64x2.add(below, v128.load(pairOf(cotangent, arc)));
}
