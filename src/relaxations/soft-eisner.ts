import { type EisnerChart, eisnerChart } from "../algorithms/parses/eisner-chart.ts";
import { softEisnerRows } from "../algorithms/parses/soft-eisner-rows.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import type { FloatArray, Relaxation } from "../contracts.ts";
import { allFinite, checkInteger, checkOneOf, checkOptions } from "../core/check.ts";
import { exp } from "../core/log-exp.ts";
import { targetOf } from "../core/overlap.ts";
import { checkRoom } from "../core/room.ts";
import { type DependencyTreeContext, dependencyTree } from "../structures/dependency-tree.ts";

export interface SoftEisnerOptions {
  /** How many words may hang on the root: "single", or "multi", the default. */
  readonly root?: "single" | "multi";
}

/**
 * Differentiable perturb-and-parse: Eisner's algorithm with soft choices.
 *
 * Each item of the chart weights its splits by b = softmax(s / t), s being their scores, and has the score ⟨b, s⟩; the
 * weights are followed back from the whole sentence to the arcs. The result is the mean tree under independent choices,
 * so that it lies in the polytope of projective trees, but it is no argmax of a concave programme, and its Jacobian is
 * not symmetric. (With log-sum-exp scores the same way back gives `exponentialFamily`'s marginals.) A smaller
 * temperature makes the tree harder; a high one makes splits, not trees, equally likely.
 *
 * @param words the longest sentence; the context may give each row its own length and mask.
 * @param options `root`.
 * @returns the relaxation of `dependencyTree(words, { projective: true, root })`; utilities and trees have shape
 *   [words + 1, words + 1]. O(n³) a row for value and product, and as much memory.
 * @throws TypeError for an unknown option, RangeError for values out of range; its methods throw what the structure
 *   throws for rows without a tree.
 * @example
 * import { softEisner } from "hardgrad";
 * const x = new Float64Array(9);
 * softEisner(2).relax(new Float64Array(9), 1, x);
 * Array.from(x, (p) => p.toFixed(2)).join(" "); // "0.00 0.75 0.50 0.00 0.00 0.50 0.00 0.25 0.00"
 * @see Corro and Titov: Differentiable perturb-and-parse (2019), Sec. 4.
 */
export function softEisner(
  words: number,
  options: SoftEisnerOptions = {},
): Relaxation<DependencyTreeContext> {
  const who = "softEisner";
  checkOptions(who, options, ["root"]);
  const { root = "multi" } = options;
  checkInteger(who, "words", words, 0);
  checkOneOf(who, "root", root, ["single", "multi"]);
  checkRoom(who, `a sentence of ${words} words`, 12 * (words + 1) ** 2);
  const structure = dependencyTree(words, { projective: true, root });
  const stride = words + 1;
  const size = stride * stride;
  const charts = new Map<number, EisnerChart>();
  // Of arcs, and behind them of no arc.
  const score = new Float64Array(size + 1);
  const result = new Float64Array(size + 1);
  const cotangentRow = new Float64Array(size + 1);
  // Of splits.
  let scores: Float64Array = new Float64Array(0);
  let weights: Float64Array = new Float64Array(0);
  // Of items.
  let value: Float64Array = new Float64Array(0);
  let contribution: Float64Array = new Float64Array(0);
  let ofValue: Float64Array = new Float64Array(0);
  let ofContribution: Float64Array = new Float64Array(0);

  function chartOf(count: number): EisnerChart {
    let chart = charts.get(count);
    if (!chart) {
      chart = eisnerChart(count, root === "single", stride);
      charts.set(count, chart);
    }
    if (value.length < chart.items) {
      value = new Float64Array(chart.items);
      contribution = new Float64Array(chart.items);
      ofValue = new Float64Array(chart.items);
      ofContribution = new Float64Array(chart.items);
    }
    if (scores.length < chart.left.length) {
      scores = new Float64Array(chart.left.length);
      weights = new Float64Array(chart.left.length);
    }
    return chart;
  }

  /** Scores and weights from small spans to large, then the arcs' weights from large to small, into `result`. */
  function solve({ starts, left, right, arc, items }: EisnerChart, t: number): void {
    const [u, x, w, v, flow, found] = [score, scores, weights, value, contribution, result];
    const inverse = 1 / t;
    v[0] = 0;
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
      for (let s = begin; s < end; s++) {
        const weight = w[s]! * share;
        w[s] = weight;
        if (weight > 0) mean += weight * (x[s]! - max);
      }
      v[item] = max + mean;
    }
    found.fill(0);
    flow.fill(0, 0, items);
    flow[items - 1] = 1;
    for (let item = items - 1; item > 0; item--) {
      const own = flow[item]!;
      const end = starts[item + 1]!;
      for (let s = starts[item]!; s < end; s++) {
        const share = own * w[s]!;
        if (share === 0) continue;
        flow[left[s]!]! += share;
        flow[right[s]!]! += share;
        found[arc[s]!]! += share;
      }
    }
  }

  /** `solve` in reverse: through the arcs' weights from small to large, then through the scores, into `result`. */
  function reverse({ starts, left, right, arc, items }: EisnerChart, t: number): void {
    const [g, x, w, v, flow, found] = [cotangentRow, scores, weights, value, contribution, result];
    const [ofFlow, ofItem] = [ofContribution, ofValue];
    const inverse = 1 / t;
    ofFlow[0] = 0;
    for (let item = 1; item < items; item++) {
      const end = starts[item + 1]!;
      let sum = 0;
      for (let s = starts[item]!; s < end; s++) {
        // What a unit of weight that flows into the split is worth downstream.
        const worth = ofFlow[left[s]!]! + ofFlow[right[s]!]! + g[arc[s]!]!;
        if (w[s]! > 0) sum += w[s]! * worth;
      }
      ofFlow[item] = sum;
    }
    found.fill(0);
    ofItem.fill(0, 0, items);
    for (let item = items - 1; item > 0; item--) {
      const end = starts[item + 1]!;
      // The weights' cotangent is contribution · worth from the way back and score · v̄ from the mean of the scores; their
      // means are ofContribution and value.
      for (let s = starts[item]!; s < end; s++) {
        const b = w[s]!;
        if (b === 0) continue;
        const worth = ofFlow[left[s]!]! + ofFlow[right[s]!]! + g[arc[s]!]!;
        const fromArcs = flow[item]! * (worth - ofFlow[item]!);
        const fromScore = ofItem[item]! * (x[s]! - v[item]!);
        const ofScore = b * (ofItem[item]! + (fromArcs + fromScore) * inverse);
        ofItem[left[s]!]! += ofScore;
        ofItem[right[s]!]! += ofScore;
        found[arc[s]!]! += ofScore;
      }
    }
  }

  function load(utilities: FloatArray, row: number, context: DependencyTreeContext | undefined): EisnerChart {
    const mask = context?.mask;
    for (let i = 0; i < size; i++) {
      score[i] = mask !== undefined && mask[row * size + i] === 0 ? -Infinity : utilities[row * size + i]!;
    }
    return chartOf(context?.lengths?.[row] ?? words);
  }

  /** The structure checks the context and that every row has a tree. Returns whether all rows are of all words and arcs. */
  function check(utilities: FloatArray, context: DependencyTreeContext | undefined): boolean {
    if (context === undefined && allFinite(utilities)) return true;
    structure.map(utilities, utilities.slice(), context);
    return false;
  }

  return {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out);
      const whole = check(utilities, context);
      const target = targetOf(out, context, utilities);
      const done = whole && softEisnerRows(chartOf(words), utilities, undefined, size, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        solve(load(utilities, row, context), temperature);
        target.set(result.subarray(0, size), row * size);
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out, cotangent);
      const whole = check(utilities, context);
      const target = targetOf(out, context, utilities, cotangent);
      const done = whole && softEisnerRows(chartOf(words), utilities, cotangent, size, temperature, target);
      for (let row = 0; row < rows && !done; row++) {
        const chart = load(utilities, row, context);
        for (let i = 0; i < size; i++) cotangentRow[i] = cotangent[row * size + i]!;
        solve(chart, temperature);
        reverse(chart, temperature);
        target.set(result.subarray(0, size), row * size);
      }
      if (target !== out) out.set(target);
    },
  };
}
