import { type EisnerChart, eisnerChart } from "../algorithms/parses/eisner-chart.ts";
import { softEisnerRow } from "../algorithms/parses/soft-eisner.ts";
import { type SoftEisnerRows, softEisnerRows } from "../algorithms/parses/soft-eisner-rows.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import { excluding } from "../boundary/excluding.ts";
import type { FloatArray, Relaxation } from "../contracts.ts";
import { allFinite, checkInteger, checkOneOf, checkOptions } from "../core/check.ts";
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
  const solvers = new Map<number, { readonly chart: EisnerChart; readonly byKernel: SoftEisnerRows }>();
  const solve = softEisnerRow(size);

  function solverOf(count: number) {
    let solver = solvers.get(count);
    if (!solver) {
      const chart = eisnerChart(count, root === "single", stride);
      solver = { chart, byKernel: softEisnerRows(chart, size) };
      solvers.set(count, solver);
    }
    return solver;
  }

  function run(
    utilities: FloatArray,
    cotangent: FloatArray | undefined,
    t: number,
    out: FloatArray,
    context: DependencyTreeContext | undefined,
  ): void {
    const rows = checkRelaxation(who, size, utilities, t, out, cotangent);
    // The structure checks the context and that every row has a tree.
    if (context !== undefined || !allFinite(utilities)) structure.map(utilities, utilities.slice(), context);
    const target = targetOf(out, context, utilities, cotangent);
    const { lengths, mask } = context ?? {};
    const u = mask ? excluding(utilities, size, { mask }) : utilities;
    const lengthOf = (row: number): number => lengths?.[row] ?? words;
    const order = new Int32Array(rows);
    for (let row = 1; row < rows; row++) order[row] = row;
    if (lengths) order.sort((a, b) => lengths[a]! - lengths[b]!);
    // Rows of one length share a chart.
    for (let start = 0, end = 0; start < rows; start = end) {
      const length = lengthOf(order[start]!);
      while (end < rows && lengthOf(order[end]!) === length) end++;
      const { chart, byKernel } = solverOf(length);
      const alike = order.subarray(start, end);
      if (byKernel(alike, u, cotangent, t, target)) continue;
      for (const row of alike) solve(chart, u, cotangent, row * size, t, target);
    }
    if (target !== out) out.set(target);
  }

  return {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      run(utilities, undefined, temperature, out, context);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      run(utilities, cotangent, temperature, out, context);
    },
  };
}
