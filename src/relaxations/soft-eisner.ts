import { type EisnerChart, eisnerChart } from "../algorithms/parses/eisner-chart.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import type { FloatArray, Relaxation } from "../contracts.ts";
import { checkInteger, checkOneOf, checkOptions } from "../core/check.ts";
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
  const score = new Float64Array(size);
  const result = new Float64Array(size);
  const cotangentRow = new Float64Array(size);
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
  function solve(chart: EisnerChart, t: number): void {
    const { starts, left, right, arc, items } = chart;
    value[0] = 0;
    for (let item = 1; item < items; item++) {
      const end = starts[item + 1]!;
      let max = -Infinity;
      for (let s = starts[item]!; s < end; s++) {
        const edge = arc[s]!;
        scores[s] = value[left[s]!]! + value[right[s]!]! + (edge < 0 ? 0 : score[edge]!);
        max = Math.max(max, scores[s]!);
      }
      value[item] = max;
      if (max === -Infinity) {
        // No tree has this item: nothing flows through it.
        for (let s = starts[item]!; s < end; s++) weights[s] = 0;
        continue;
      }
      let total = 0;
      for (let s = starts[item]!; s < end; s++) {
        weights[s] = Math.exp((scores[s]! - max) / t);
        total += weights[s]!;
      }
      let mean = 0;
      for (let s = starts[item]!; s < end; s++) {
        weights[s] = weights[s]! / total;
        if (weights[s]! > 0) mean += weights[s]! * (scores[s]! - max);
      }
      value[item] = max + mean;
    }
    result.fill(0);
    contribution.fill(0, 0, items);
    contribution[items - 1] = 1;
    for (let item = items - 1; item > 0; item--) {
      for (let s = starts[item]!; s < starts[item + 1]!; s++) {
        const share = contribution[item]! * weights[s]!;
        if (share === 0) continue;
        contribution[left[s]!] = contribution[left[s]!]! + share;
        contribution[right[s]!] = contribution[right[s]!]! + share;
        const edge = arc[s]!;
        if (edge >= 0) result[edge] = result[edge]! + share;
      }
    }
  }

  /** `solve` in reverse: through the arcs' weights from small to large, then through the scores, into `result`. */
  function reverse(chart: EisnerChart, t: number): void {
    const { starts, left, right, arc, items } = chart;
    ofContribution[0] = 0;
    for (let item = 1; item < items; item++) {
      let sum = 0;
      for (let s = starts[item]!; s < starts[item + 1]!; s++) {
        if (weights[s]! > 0) sum += weights[s]! * worth(chart, s);
      }
      ofContribution[item] = sum;
    }
    result.fill(0);
    ofValue.fill(0, 0, items);
    for (let item = items - 1; item > 0; item--) {
      // The weights' cotangent is contribution · worth from the way back and score · v̄ from the mean of the scores; their
      // means are ofContribution and value.
      for (let s = starts[item]!; s < starts[item + 1]!; s++) {
        const b = weights[s]!;
        if (b === 0) continue;
        const fromArcs = contribution[item]! * (worth(chart, s) - ofContribution[item]!);
        const fromScore = ofValue[item]! * (scores[s]! - value[item]!);
        const ofScore = b * (ofValue[item]! + (fromArcs + fromScore) / t);
        ofValue[left[s]!] = ofValue[left[s]!]! + ofScore;
        ofValue[right[s]!] = ofValue[right[s]!]! + ofScore;
        const edge = arc[s]!;
        if (edge >= 0) result[edge] = result[edge]! + ofScore;
      }
    }
  }

  /** What a unit of weight that flows into a split is worth downstream. */
  function worth(chart: EisnerChart, s: number): number {
    const edge = chart.arc[s]!;
    const below = ofContribution[chart.left[s]!]! + ofContribution[chart.right[s]!]!;
    return edge < 0 ? below : below + cotangentRow[edge]!;
  }

  function load(utilities: FloatArray, row: number, context: DependencyTreeContext | undefined): EisnerChart {
    const mask = context?.mask;
    for (let i = 0; i < size; i++) {
      score[i] = mask !== undefined && mask[row * size + i] === 0 ? -Infinity : utilities[row * size + i]!;
    }
    return chartOf(context?.lengths?.[row] ?? words);
  }

  return {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out);
      structure.map(utilities, utilities.slice(), context);
      const target = targetOf(out, context, utilities);
      for (let row = 0; row < rows; row++) {
        solve(load(utilities, row, context), temperature);
        for (let i = 0; i < size; i++) target[row * size + i] = result[i]!;
      }
      if (target !== out) out.set(target);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out, cotangent);
      structure.map(utilities, utilities.slice(), context);
      const target = targetOf(out, context, utilities, cotangent);
      for (let row = 0; row < rows; row++) {
        const chart = load(utilities, row, context);
        for (let i = 0; i < size; i++) cotangentRow[i] = cotangent[row * size + i]!;
        solve(chart, temperature);
        reverse(chart, temperature);
        for (let i = 0; i < size; i++) target[row * size + i] = result[i]!;
      }
      if (target !== out) out.set(target);
    },
  };
}
