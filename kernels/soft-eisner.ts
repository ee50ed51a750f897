/**
 * Eisner's algorithm with soft choices, and its gradient, two rows in the two lanes: src/algorithms/parses/soft-eisner.ts explains it.
 * Either way goes through items `from` … `to` − 1 of a chart, whose splits lie at `block`: two integers each, left and right. All else
 * is pairs: by item, and by split of a block.
 */
import { expPair } from "./exp";
import { addTo } from "./pairs";

/** No possible item has as low a score: excluded arcs have a lower one, which is finite, as sums of it are. */
const LOWEST: f64 = -1e299;

let starts: usize = 0;
let block: usize = 0;
let ofItems: usize = 0;
/** Arcs' scores and cotangents are in the places of their items, and 0 elsewhere. */
let values: usize = 0;
let worths: usize = 0;
let shares: usize = 0;
let contributions: usize = 0;
let ofValues: usize = 0;
let scores: usize = 0;
let toOdds: usize = 0;

/** Places all: those that only a product has behind the other arrays by item; a block has at most `room` splits. */
export function softEisnerChart(
  product: bool,
  items: i32,
  room: i32,
  listOfStarts: usize,
  listOfSplits: usize,
  arrays: usize,
): void {
  starts = listOfStarts;
  block = listOfSplits;
  ofItems = <usize>items << 4;
  values = arrays;
  shares = values + ofItems;
  contributions = shares + ofItems;
  worths = contributions + ofItems;
  ofValues = worths + ofItems;
  scores = product ? ofValues + ofItems : worths;
  toOdds = <usize>room << 4;
}

@inline function start(item: i32): usize {
  return <usize>load<u32>(starts + (<usize>item << 2));
}

/** Where the items of a split have their numbers. */
@inline function left(array: usize, split: usize): usize {
  return array + (<usize>load<u32>(split) << 4);
}

@inline function right(array: usize, split: usize): usize {
  return array + (<usize>load<u32>(split, 4) << 4);
}

@inline function sumOfBoth(array: usize, split: usize): v128 {
  return f64x2.add(v128.load(left(array, split)), v128.load(right(array, split)));
}

@inline function addToBoth(array: usize, split: usize, x: v128): void {
  addTo(left(array, split), x);
  addTo(right(array, split), x);
}

/** From small spans to large. */
export function softEisnerUp(product: bool, from: i32, to: i32, inverse: f64): void {
  if (product) up(true, from, to, inverse);
  else up(false, from, to, inverse);
}

@inline function up(product: bool, from: i32, to: i32, inverse: f64): void {
  const value = values;
  const worth = worths;
  const odds = toOdds;
  const zero = f64x2.splat(0);
  const scale = f64x2.splat(inverse);
  let split = block;
  let x = scores;
  for (let item = from; item < to; item++) {
    const here = <usize>item << 4;
    const count = start(item + 1) - start(item);
    if (count == 1) {
      addTo(value + here, sumOfBoth(value, split));
      if (product) addTo(worth + here, sumOfBoth(worth, split));
      split += 8;
      x += 16;
      continue;
    }
    const begin = x;
    const end = split + (count << 3);
    let most = f64x2.splat(-Infinity);
    let s = split;
    do {
      const sum = sumOfBoth(value, s);
      v128.store(x, sum);
      most = f64x2.pmax(most, sum);
      x += 16;
    } while ((s += 8) < end);
    let total = zero;
    let mean = zero;
    let ofWorths = zero;
    x = begin;
    do {
      const gain = f64x2.sub(v128.load(x), most);
      const e = expPair(f64x2.mul(gain, scale));
      v128.store(x + odds, e);
      total = f64x2.add(total, e);
      mean = f64x2.add(mean, f64x2.mul(e, gain));
      if (product) {
        const own = f64x2.mul(e, sumOfBoth(worth, split));
        ofWorths = f64x2.add(ofWorths, v128.and(own, f64x2.gt(e, zero)));
      }
      x += 16;
    } while ((split += 8) < end);
    // Where no tree has the item, nothing of it has a weight.
    const possible = f64x2.gt(most, f64x2.splat(LOWEST));
    const share = v128.and(f64x2.div(f64x2.splat(1), total), possible);
    v128.store(shares + here, share);
    v128.store(value + here, f64x2.add(most, f64x2.mul(mean, share)));
    if (product) v128.store(worth + here, v128.and(f64x2.mul(ofWorths, share), possible));
  }
}

/** From large spans to small. */
export function softEisnerDown(product: bool, from: i32, to: i32, inverse: f64): void {
  if (<usize>to << 4 == ofItems) {
    memory.fill(contributions, 0, ofItems);
    v128.store(contributions + ofItems - 16, f64x2.splat(1));
    if (product) memory.fill(ofValues, 0, ofItems);
  }
  if (product) down(true, from, to, inverse);
  else down(false, from, to, inverse);
}

@inline function down(product: bool, from: i32, to: i32, inverse: f64): void {
  const contribution = contributions;
  const ofValue = ofValues;
  const worth = worths;
  const odds = toOdds;
  const zero = f64x2.splat(0);
  const scale = f64x2.splat(inverse);
  const first = start(from);
  for (let item = to - 1; item >= from; item--) {
    const begin = start(item) - first;
    const count = start(item + 1) - first - begin;
    const here = <usize>item << 4;
    const own = v128.load(contribution + here);
    const ofOwn = product ? v128.load(ofValue + here) : zero;
    let s = block + (begin << 3);
    if (count == 1) {
      addToBoth(contribution, s, own);
      if (product) addToBoth(ofValue, s, ofOwn);
      continue;
    }
    const end = s + (count << 3);
    const share = v128.load(shares + here);
    const shared = f64x2.mul(own, share);
    const value = product ? v128.load(values + here) : zero;
    const ofItem = product ? v128.load(worth + here) : zero;
    let x = scores + (begin << 4);
    do {
      const e = v128.load(x + odds);
      addToBoth(contribution, s, f64x2.mul(shared, e));
      if (product) {
        const fromArcs = f64x2.mul(own, f64x2.sub(sumOfBoth(worth, s), ofItem));
        const fromScore = f64x2.mul(ofOwn, f64x2.sub(v128.load(x), value));
        const both = f64x2.add(ofOwn, f64x2.mul(f64x2.add(fromArcs, fromScore), scale));
        const weight = f64x2.mul(e, share);
        addToBoth(ofValue, s, v128.and(f64x2.mul(weight, both), f64x2.gt(weight, zero)));
      }
      x += 16;
    } while ((s += 8) < end);
  }
}
