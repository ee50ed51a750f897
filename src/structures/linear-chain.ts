import { labelChain } from "../algorithms/chains/label-chain.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";
import { checkRoom } from "../core/room.ts";

/** What may differ from row to row. */
export interface LinearChainContext extends RowContext {
  /** Row r uses its first `lengths[r]` positions; the others have no label, and z and marginals are 0 there. */
  readonly lengths?: ArrayLike<number>;
  /** rows × m; a label or a transition with mask 0 is in no state. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Labellings of a sequence with a parameter for each label of each position and for each transition between
 * neighbours: a linear-chain conditional random field.
 *
 * A state holds, one-hot, the label of each position and the transition [from][to] between each two. MAP is Viterbi's
 * algorithm, the lowest label first on ties; exact inference for p(z) ∝ exp⟨z, θ⟩ is forward–backward in the log domain.
 * O(length · labels²) time and memory a row.
 *
 * @param length positions.
 * @param labels labels a position, ≥ 1.
 * @returns the structure; θ and z have shape [length · labels + (length − 1) · labels²]: first [position][label], then
 *   [position][from][to].
 * @throws RangeError where a size is out of range or where exclusions (−Infinity, mask) leave a row no labelling.
 * @example
 * import { linearChain } from "hardgrad";
 * const chain = linearChain(2, 2);
 * const theta = Float64Array.of(1, 0, 0, 0.5, 2, 0, 0, 0); // Staying with label 0 is worth 2.
 * const z = new Float64Array(8);
 * chain.map(theta, z);
 * z; // Float64Array [1, 0, 1, 0, 1, 0, 0, 0]
 * @see Lafferty, McCallum, Pereira: Conditional random fields (2001); Rabiner: A tutorial on hidden Markov models (1989).
 */
export function linearChain(
  length: number,
  labels: number,
): With<ExponentialFamily<LinearChainContext>, "states"> {
  const name = "linearChain";
  checkInteger(name, "length", length, 0);
  checkInteger(name, "labels", labels, 1);
  checkRoom(name, `${length} positions of ${labels} labels`, 6 * length * labels ** 2);
  const kernel = labelChain(length, labels);
  return rowFamily<LinearChainContext>({
    name,
    kernel,
    states: "labelling",
    contextKeys: ["lengths", "mask"],
    checkContext({ lengths }, rows) {
      if (lengths !== undefined) checkRowIntegers(name, "lengths", lengths, rows, 0, length);
    },
    setRow: (context, row) => kernel.setRow(context?.lengths?.[row] ?? length),
  });
}
