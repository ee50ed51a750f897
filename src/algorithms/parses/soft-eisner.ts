/**
 * Eisner's algorithm with soft choices on one sentence: each item of the chart weights its splits by b = softmax(s / t), s being
 * their scores, and has the score ⟨b, s⟩; the weights are followed back from the whole sentence to the arcs.
 *
 * The product with a cotangent g of the arcs takes the same two ways: upwards, what a unit of weight that flows into an item
 * is worth in ⟨g, x⟩; downwards, the items' cotangents beside their weights. Scratch: four numbers an item, two a split.
 */
import { exp } from "../../core/log-exp.ts";
import type { EisnerChart } from "./eisner-chart.ts";

export interface SoftEisner {
  /** Of arcs, and behind them 0, of no arc. */
  readonly score: Float64Array;
  readonly cotangent: Float64Array;
  /** The arcs' weights, or the gradient of ⟨cotangent, weights⟩ by their scores. */
  readonly result: Float64Array;
  solve(chart: EisnerChart, t: number, product: boolean): void;
}

/** @param size the number of arcs. */
export function softEisnerRow(size: number): SoftEisner {
  const score = new Float64Array(size + 1);
  const cotangent = new Float64Array(size + 1);
  const result = new Float64Array(size + 1);
  // Of splits.
  let scores: Float64Array = new Float64Array(0);
  let weights: Float64Array = new Float64Array(0);
  // Of items.
  let value: Float64Array = new Float64Array(0);
  let worths: Float64Array = new Float64Array(0);
  let contribution: Float64Array = new Float64Array(0);
  let ofValue: Float64Array = new Float64Array(0);

  function reserve({ left, items }: EisnerChart): void {
    if (value.length < items) {
      value = new Float64Array(items);
      worths = new Float64Array(items);
      contribution = new Float64Array(items);
      ofValue = new Float64Array(items);
    }
    if (scores.length < left.length) {
      scores = new Float64Array(left.length);
      weights = new Float64Array(left.length);
    }
  }

  /** From small spans to large. */
  function up({ starts, left, right, arc, items }: EisnerChart, t: number, product: boolean): void {
    const [u, g, x, w, v, worth] = [score, cotangent, scores, weights, value, worths];
    const inverse = 1 / t;
    v[0] = 0;
    worth[0] = 0;
    for (let item = 1; item < items; item++) {
      const begin = starts[item]!;
      const end = starts[item + 1]!;
      let max = -Infinity;
      for (let s = begin; s < end; s++) {
        const sum = v[left[s]!]! + v[right[s]!]! + u[arc[s]!]!;
        x[s] = sum;
        if (sum > max) max = sum;
      }
      v[item] = max;
      worth[item] = 0;
      if (max === -Infinity) {
        // No tree has this item: nothing flows through it.
        for (let s = begin; s < end; s++) w[s] = 0;
        continue;
      }
      let total = 0;
      for (let s = begin; s < end; s++) {
        const e = exp((x[s]! - max) * inverse);
        w[s] = e;
        total += e;
      }
      const share = 1 / total;
      let mean = 0;
      let ofArcs = 0;
      for (let s = begin; s < end; s++) {
        const weight = w[s]! * share;
        w[s] = weight;
        if (weight === 0) continue;
        mean += weight * (x[s]! - max);
        if (product) ofArcs += weight * (worth[left[s]!]! + worth[right[s]!]! + g[arc[s]!]!);
      }
      v[item] = max + mean;
      worth[item] = ofArcs;
    }
  }

  /** From large spans to small. */
  function down({ starts, left, right, arc, items }: EisnerChart, t: number, product: boolean): void {
    const [g, x, w, v, worth] = [cotangent, scores, weights, value, worths];
    const [flow, ofItem, found] = [contribution, ofValue, result];
    const inverse = 1 / t;
    found.fill(0);
    flow.fill(0, 0, items);
    ofItem.fill(0, 0, items);
    flow[items - 1] = 1;
    for (let item = items - 1; item > 0; item--) {
      const own = flow[item]!;
      const ofOwn = ofItem[item]!;
      const end = starts[item + 1]!;
      for (let s = starts[item]!; s < end; s++) {
        const b = w[s]!;
        if (b === 0) continue;
        const share = own * b;
        flow[left[s]!]! += share;
        flow[right[s]!]! += share;
        if (!product) {
          found[arc[s]!]! += share;
          continue;
        }
        // The weights' cotangent is the item's own weight · worth from the arcs and its own cotangent · score from the mean
        // of the scores; their means are worth and value of the item.
        const fromArcs = own * (worth[left[s]!]! + worth[right[s]!]! + g[arc[s]!]! - worth[item]!);
        const fromScore = ofOwn * (x[s]! - v[item]!);
        const ofScore = b * (ofOwn + (fromArcs + fromScore) * inverse);
        ofItem[left[s]!]! += ofScore;
        ofItem[right[s]!]! += ofScore;
        found[arc[s]!]! += ofScore;
      }
    }
  }

  return {
    score,
    cotangent,
    result,
    solve(chart, t, product): void {
      reserve(chart);
      up(chart, t, product);
      down(chart, t, product);
    },
  };
}
