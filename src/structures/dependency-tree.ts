import { projectiveTrees } from "../algorithms/parses/inside-outside.ts";
import type { RowKernel } from "../algorithms/row-kernel.ts";
import { arborescenceStates } from "../algorithms/trees/arborescence-states.ts";
import { arborescenceRows } from "../algorithms/trees/best-tree-rows.ts";
import { chuLiuEdmonds } from "../algorithms/trees/chu-liu-edmonds.ts";
import { rootedTrees } from "../algorithms/trees/rooted-trees.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger, checkOneOf, checkOptions } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";
import { checkRoom } from "../core/room.ts";

export interface DependencyTreeOptions {
  /**
   * Whether arcs may not cross when drawn above the sentence. Projective trees are fewer, which helps where word order
   * is strict; free word order needs the others. False by default.
   */
  readonly projective?: boolean;
  /**
   * How many words may hang on the artificial root: one, as in treebanks that want a single main verb, or any number,
   * "multi", the default.
   */
  readonly root?: "single" | "multi";
}

/** What may differ from row to row. */
export interface DependencyTreeContext extends RowContext {
  /** Row r has its first `lengths[r]` words; arcs to or from the others are in no tree. */
  readonly lengths?: ArrayLike<number>;
  /** rows × (words + 1)²; an arc with mask 0 is in no tree. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Dependency trees of a sentence: each word has one head, another word or the artificial root, and no word is its own
 * ancestor.
 *
 * θ and z hold (words + 1)² numbers, row-major [head][modifier], node 0 the root and word i node i. The diagonal and
 * column 0 are arcs that do not exist: θ is ignored there (but must not be NaN or +Infinity), z is 0. p(z) ∝ exp⟨z, θ⟩
 * over the trees that the options allow. A sentence without words has one tree, without arcs.
 *
 * Projective: Eisner's algorithm and inside–outside, O(n³) in the log domain; samples from the top of the inside chart
 * down. Non-projective: Chu–Liu–Edmonds, O(n²), and the matrix-tree theorem, O(n³), without subtraction; samples go
 * back through its elimination, or are Wilson's walks beyond 63 words. A single root is exact everywhere, also for MAP. θ of ±1e4 is no trouble for any of them.
 *
 * @param words the longest sentence, ≥ 0.
 * @returns the structure; θ and z have shape [words + 1, words + 1].
 * @throws RangeError where a size is out of range or where exclusions (−Infinity, mask) leave a row no tree.
 * @example
 * import { dependencyTree } from "hardgrad";
 * const trees = dependencyTree(3, { projective: true, root: "single" });
 * const logZ = new Float64Array(1);
 * trees.logPartition(new Float64Array(16), logZ);
 * Math.round(Math.exp(logZ[0])); // 7
 * @see Eisner (1996), "Three new probabilistic models for dependency parsing"; McDonald et al. (2005); Koo et al.
 *   (2007), "Structured prediction models via the matrix-tree theorem"; Zmigrod et al. (2020) on single roots.
 */
export function dependencyTree(
  words: number,
  options: DependencyTreeOptions = {},
): With<ExponentialFamily<DependencyTreeContext>, "states" | "cardinality"> {
  const name = "dependencyTree";
  checkInteger(name, "words", words, 0);
  checkOptions(name, options, ["projective", "root"]);
  const { projective = false, root = "multi" } = options;
  checkOneOf(name, "projective", projective, [true, false]);
  checkOneOf(name, "root", root, ["single", "multi"]);
  const single = root === "single";
  const vertices = words + 1;
  checkRoom(name, `a sentence of ${words} words`, 12 * vertices ** 2);
  const from = Int32Array.from({ length: vertices * vertices }, (_, e) => Math.floor(e / vertices));
  const to = from.map((head, e) => (e % vertices === 0 || e % vertices === head ? -1 : e % vertices));
  const arcs = { vertices, from, to, symmetric: false, single };
  const states = arborescenceStates(arcs);
  let n = words;

  let solver: Omit<RowKernel, "isState" | "enumerate">;
  let setWords: (count: number) => void;
  if (projective) {
    const trees = projectiveTrees(words, single);
    solver = trees;
    setWords = trees.setWords;
  } else {
    const trees = rootedTrees({ ...arcs, map: chuLiuEdmonds(arcs) });
    solver = { ...trees, mapRows: arborescenceRows(arcs) };
    setWords = (count) => trees.setVertices(count + 1);
  }

  function* enumerate(): Generator<Float64Array> {
    for (const z of states.enumerate(n + 1)) if (!projective || isProjective(z, vertices)) yield z;
  }

  const family = rowFamily<DependencyTreeContext>({
    name,
    kernel: {
      ...solver,
      isState: () =>
        states.isState(solver.vector, n + 1) && (!projective || isProjective(solver.vector, vertices)),
      enumerate,
    },
    states: "dependency tree",
    contextKeys: ["lengths", "mask"],
    checkContext({ lengths }, rows) {
      if (lengths !== undefined) checkRowIntegers(name, "lengths", lengths, rows, 0, words);
    },
    setRow(context, row) {
      n = context?.lengths?.[row] ?? words;
      setWords(n);
    },
  });
  return { ...family, shape: [vertices, vertices], cardinality: words };
}

/** Whether no two arcs of a tree cross. */
function isProjective(z: Float64Array, vertices: number): boolean {
  const arcs: (readonly [number, number])[] = [];
  z.forEach((x, e) => {
    if (x === 0) return;
    const [head, modifier] = [Math.floor(e / vertices), e % vertices];
    arcs.push([Math.min(head, modifier), Math.max(head, modifier)]);
  });
  return arcs.every(([a, b]) => arcs.every(([c, d]) => !(a < c && c < b && b < d)));
}
