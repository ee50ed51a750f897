/** NeuralSort's rows and their products: src/algorithms/sorting/neural-sort-rows.ts explains them. Two lanes are two scores. */
import { expPair } from "./exp";
import { sumOf } from "./pairs";

/** Copies n scores, and Σ_l |s_j − s_l|; an odd one out is followed by a score whose weight is 0. */
function load(u: usize, n: i32, scores: usize, spread: usize): void {
  const size = <usize>n << 3;
  memory.copy(scores, u, size);
  store<f64>(scores + size, 0);
  let at: usize = 0;
  do {
    const own = v128.load(scores + at);
    let sum = f64x2.splat(0);
    let other = scores;
    do {
      sum = f64x2.add(sum, f64x2.abs(f64x2.sub(own, v128.load_splat<f64>(other))));
      other += 8;
    } while (other < scores + size);
    v128.store(spread + at, sum);
    at += 16;
  } while (at < size);
  if (n & 1) store<f64>(spread + size, Infinity);
}

/** A row of n weights; where n is odd, one more that is 0. */
function softmax(scores: usize, spread: usize, n: i32, slope: f64, inverse: f64, out: usize): void {
  const size = <usize>n << 3;
  const slopes = f64x2.splat(slope);
  let most = f64x2.splat(-Infinity);
  let at: usize = 0;
  do {
    const logit = f64x2.sub(f64x2.mul(slopes, v128.load(scores + at)), v128.load(spread + at));
    v128.store(out + at, logit);
    most = f64x2.pmax(most, logit);
    at += 16;
  } while (at < size);
  const top = f64x2.splat(max(f64x2.extract_lane(most, 0), f64x2.extract_lane(most, 1)));
  const scale = f64x2.splat(inverse);
  let total = f64x2.splat(0);
  at = 0;
  do {
    const weight = expPair(f64x2.mul(f64x2.sub(v128.load(out + at), top), scale));
    v128.store(out + at, weight);
    total = f64x2.add(total, weight);
    at += 16;
  } while (at < size);
  const share = f64x2.splat(1 / sumOf(total));
  at = 0;
  do {
    v128.store(out + at, f64x2.mul(v128.load(out + at), share));
    at += 16;
  } while (at < size);
}

/**
 * Rows of n ≥ 2 scores u: n × n weights each, or their products with the n × n cotangents at g, which a finite number follows,
 * where there is an address. `scratch` holds 5 (n + 1) doubles; `out` has room for one more.
 */
export function neuralSort(u: usize, g: usize, rows: i32, n: i32, inverse: f64, scratch: usize, out: usize): void {
  const size = <usize>n << 3;
  const room = size + 8;
  const scores = scratch;
  const spread = scores + room;
  const weights = spread + room;
  const gradient = weights + room;
  const ofSpread = gradient + room;
  const scale = f64x2.splat(inverse);
  const one = f64x2.splat(1);
  for (let row = 0; row < rows; row++, u += size) {
    load(u, n, scores, spread);
    if (!g) {
      for (let i = 0; i < n; i++, out += size) softmax(scores, spread, n, <f64>(n - 1 - 2 * i), inverse, out);
      continue;
    }
    memory.fill(gradient, 0, room);
    memory.fill(ofSpread, 0, room);
    for (let i = 0; i < n; i++, g += size) {
      const slope = <f64>(n - 1 - 2 * i);
      softmax(scores, spread, n, slope, inverse, weights);
      let sum = f64x2.splat(0);
      let at: usize = 0;
      do {
        sum = f64x2.add(sum, f64x2.mul(v128.load(weights + at), v128.load(g + at)));
        at += 16;
      } while (at < size);
      const mean = f64x2.splat(sumOf(sum));
      const slopes = f64x2.splat(slope);
      at = 0;
      do {
        const deviation = f64x2.sub(v128.load(g + at), mean);
        const ofLogit = f64x2.mul(f64x2.mul(v128.load(weights + at), deviation), scale);
        v128.store(gradient + at, f64x2.add(v128.load(gradient + at), f64x2.mul(slopes, ofLogit)));
        v128.store(ofSpread + at, f64x2.sub(v128.load(ofSpread + at), ofLogit));
        at += 16;
      } while (at < size);
    }
    let at: usize = 0;
    do {
      const own = v128.load(scores + at);
      const ofOwn = v128.load(ofSpread + at);
      let sum = v128.load(gradient + at);
      let other: usize = 0;
      do {
        const distance = f64x2.sub(own, v128.load_splat<f64>(scores + other));
        const above = v128.and(one, f64x2.gt(distance, f64x2.splat(0)));
        const below = v128.and(one, f64x2.lt(distance, f64x2.splat(0)));
        const both = f64x2.add(ofOwn, v128.load_splat<f64>(ofSpread + other));
        sum = f64x2.add(sum, f64x2.mul(both, f64x2.sub(above, below)));
        other += 8;
      } while (other < size);
      v128.store(out + at, sum);
      at += 16;
    } while (at < size);
    out += size;
  }
}
