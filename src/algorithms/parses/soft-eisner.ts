/**
 * Eisner's algorithm with soft choices on one sentence: each item of the chart weights its splits by b = softmax(s / t), s being
 * their scores, and has the score ⟨b, s⟩, and that of its arc; the weights are followed back from the whole sentence to the arcs.
 *
 * The product with a cotangent g of the arcs takes the same two ways: upwards, what a unit of weight that flows into an item
 * is worth in ⟨g, x⟩; downwards, the items' cotangents beside their weights. Scratch: five numbers an item, two a split.
 */
import type { FloatArray } from "../../contracts.ts";
import { exp } from "../../core/log-exp.ts";
import type { EisnerChart } from "./eisner-chart.ts";

/** The arcs' weights by their utilities u, or the gradient of ⟨cotangent, weights⟩, of a row from `start` on; `out` may be either array. */
export type SoftEisner = (
  chart: EisnerChart,
  u: FloatArray,
  cotangent: FloatArray | undefined,
  start: number,
  t: number,
  out: FloatArray,
) => void;

/** @param size the number of arcs. */
export function softEisnerRow(size: number): SoftEisner {
  // Of splits: the odds are weights before they are divided by their sum.
  let scores: Float64Array = new Float64Array(0);
  let odds: Float64Array = new Float64Array(0);
  // Of items.
  let values: Float64Array = new Float64Array(0);
  let worths: Float64Array = new Float64Array(0);
  let shares: Float64Array = new Float64Array(0);
  let contributions: Float64Array = new Float64Array(0);
  let ofValues: Float64Array = new Float64Array(0);

  function reserve({ splits, items }: EisnerChart): void {
    if (values.length < items) {
      values = new Float64Array(items);
      worths = new Float64Array(items);
      shares = new Float64Array(items);
      contributions = new Float64Array(items);
      ofValues = new Float64Array(items);
    }
    if (scores.length < splits.length / 2) {
      scores = new Float64Array(splits.length / 2);
      odds = new Float64Array(splits.length / 2);
    }
  }

  /** From small spans to large, over the arcs' own numbers. */
  function up({ starts, splits, items }: EisnerChart, t: number, product: boolean): void {
    const [x, w, v, worth] = [scores, odds, values, worths];
    const inverse = 1 / t;
    for (let item = 1; item < items; item++) {
      const begin = starts[item]!;
      const end = starts[item + 1]!;
      if (end - begin === 1) {
        const left = splits[2 * begin]!;
        const right = splits[2 * begin + 1]!;
        v[item]! += v[left]! + v[right]!;
        worth[item]! += worth[left]! + worth[right]!;
        continue;
      }
      let max = -Infinity;
      for (let s = begin; s < end; s++) {
        const sum = v[splits[2 * s]!]! + v[splits[2 * s + 1]!]!;
        x[s] = sum;
        if (sum > max) max = sum;
      }
      v[item] = max;
      shares[item] = 0;
      // No tree has this item: nothing flows through it.
      if (max === -Infinity) continue;
      let total = 0;
      let mean = 0;
      let ofWorths = 0;
      for (let s = begin; s < end; s++) {
        const gain = x[s]! - max;
        const e = exp(gain * inverse);
        w[s] = e;
        if (e === 0) continue;
        total += e;
        mean += e * gain;
        if (product) ofWorths += e * (worth[splits[2 * s]!]! + worth[splits[2 * s + 1]!]!);
      }
      const share = 1 / total;
      shares[item] = share;
      v[item] = max + mean * share;
      worth[item] = ofWorths * share;
    }
  }

  /** From large spans to small. */
  function down({ starts, splits, items }: EisnerChart, t: number, product: boolean): void {
    const [x, w, v, worth, flow, ofItem] = [scores, odds, values, worths, contributions, ofValues];
    const inverse = 1 / t;
    flow.fill(0, 0, items);
    ofItem.fill(0, 0, items);
    flow[items - 1] = 1;
    for (let item = items - 1; item > 0; item--) {
      const own = flow[item]!;
      const ofOwn = ofItem[item]!;
      const begin = starts[item]!;
      const end = starts[item + 1]!;
      if (end - begin === 1) {
        const left = splits[2 * begin]!;
        const right = splits[2 * begin + 1]!;
        flow[left]! += own;
        flow[right]! += own;
        ofItem[left]! += ofOwn;
        ofItem[right]! += ofOwn;
        continue;
      }
      const share = shares[item]!;
      if (share === 0) continue;
      const shared = own * share;
      for (let s = begin; s < end; s++) {
        const e = w[s]!;
        if (e === 0) continue;
        const left = splits[2 * s]!;
        const right = splits[2 * s + 1]!;
        const part = shared * e;
        flow[left]! += part;
        flow[right]! += part;
        if (!product) continue;
        // The weights' cotangent is the item's own weight · worth from the arcs and its own cotangent · score from the mean
        // of the scores; their means are worth and value of the item.
        const fromArcs = own * (worth[left]! + worth[right]! - worth[item]!);
        const fromScore = ofOwn * (x[s]! - v[item]!);
        const ofScore = e * share * (ofOwn + (fromArcs + fromScore) * inverse);
        ofItem[left]! += ofScore;
        ofItem[right]! += ofScore;
      }
    }
  }

  return (chart, u, cotangent, start, t, out) => {
    const { adding, arcs, items } = chart;
    reserve(chart);
    values.fill(0, 0, items);
    worths.fill(0, 0, items);
    adding.forEach((item, k) => {
      values[item] = u[start + arcs[k]!]!;
      if (cotangent) worths[item] = cotangent[start + arcs[k]!]!;
    });
    up(chart, t, cotangent !== undefined);
    down(chart, t, cotangent !== undefined);
    const found = cotangent ? ofValues : contributions;
    out.fill(0, start, start + size);
    adding.forEach((item, k) => {
      out[start + arcs[k]!] = found[item]!;
    });
  };
}
