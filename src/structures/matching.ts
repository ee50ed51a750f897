import { assignRows } from "../algorithms/assignments/assign-rows.ts";
import { type LinearAssignment, linearAssignment } from "../algorithms/assignments/linear-assignment.ts";
import { type Permanent, permanent, permanentStates } from "../algorithms/assignments/permanent.ts";
import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import type { RowKernel } from "../algorithms/row-kernel.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";
import { checkRoom } from "../core/room.ts";

/** What may differ from row to row of a batch. */
export interface MatchingContext extends RowContext {
  /** Rows of each instance, in [0, rows]: the first ones; entries of the others are 0. */
  readonly rowCounts?: ArrayLike<number>;
  /** Columns of each instance, in [0, cols]: the first ones; entries of the others are 0. */
  readonly colCounts?: ArrayLike<number>;
}

/** States of exact inference's dynamic programme: 2 ^ smaller side · (larger − smaller + 1). */
const STATES_LIMIT = 2 ** 18;

/**
 * Bipartite matchings: each element of the smaller side has its own partner on the larger one. z is a 0/1 matrix, a
 * permutation matrix where both sides are equal.
 *
 * C = { z ∈ {0,1}^(rows × cols) : one 1 along each line of the smaller side, at most one along the larger }.
 * θ and z have shape [rows, cols]. −Infinity forbids a pair.
 *
 * MAP is Jonker and Volgenant's assignment algorithm, O(min² · max) at worst; of equally good matchings any, always the same
 * for the same row, and not always that of the lowest indices. Exact inference sums over subsets of the
 * smaller side, O(2^min · min · (max − min + 1)) a row, and is refused beyond 2^18 subset states: square matchings up
 * to 18 × 18.
 *
 * @param rows number of rows, ≥ 0.
 * @param cols number of columns, ≥ 0; as many as rows by default.
 * @throws RangeError for sizes out of range, for a row whose allowed pairs hold no such matching, and for exact
 *   inference that is too large.
 * @example
 * import { matching } from "hardgrad";
 * const z = new Float64Array(6);
 * matching(2, 3).map(Float64Array.of(5, 4, 0, 6, 1, 2), z);
 * z.join(); // "0,1,0,1,0,0"
 * @see Jonker and Volgenant (1987), "A shortest augmenting path algorithm for dense and sparse linear assignment
 *   problems"; Ryser (1963), "Combinatorial mathematics", on permanents.
 */
export function matching(
  rows: number,
  cols: number = rows,
): With<ExponentialFamily<MatchingContext>, "states" | "cardinality"> {
  const name = "matching";
  checkInteger(name, "rows", rows, 0);
  checkInteger(name, "cols", cols, 0);
  checkRoom(name, `a matching of ${rows} × ${cols}`, 6 * rows * cols);
  const kernel = matchingKernel(rows, cols);
  const family = rowFamily<MatchingContext>({
    name,
    kernel,
    states: "perfect matching",
    contextKeys: ["rowCounts", "colCounts", "mask"],
    checkContext({ rowCounts, colCounts }, count) {
      if (rowCounts !== undefined) checkRowIntegers(name, "rowCounts", rowCounts, count, 0, rows);
      if (colCounts !== undefined) checkRowIntegers(name, "colCounts", colCounts, count, 0, cols);
    },
    setRow(context, row) {
      kernel.setSize(context?.rowCounts?.[row] ?? rows, context?.colCounts?.[row] ?? cols);
    },
  });
  return { ...family, shape: [rows, cols], cardinality: Math.min(rows, cols) };
}

/** What works on the smaller side as agents and the larger one as objects. */
interface Solvers {
  readonly value: Float64Array;
  /** Entries from one agent to the next, and from one object to the next, of θ. */
  readonly agentStep: number;
  readonly objectStep: number;
  readonly assignment: LinearAssignment;
  sums?: Permanent;
}

interface MatchingKernel extends RowKernel {
  setSize(rowCount: number, colCount: number): void;
}

function matchingKernel(rows: number, cols: number): MatchingKernel {
  const theta = new Float64Array(rows * cols);
  const vector = new Float64Array(rows * cols);
  const result = new Float64Array(rows * cols);
  const small = Math.min(rows, cols);
  const large = Math.max(rows, cols);
  let rowCount = rows;
  let colCount = cols;
  /** Rows are the agents; the solvers read θ in place. */
  let upright: Solvers | undefined;
  /** Columns are the agents; the solvers read a transposed copy. */
  let turned: Solvers | undefined;
  const scratch = new Float64Array(rows * cols);

  function solvers(): Solvers {
    if (rowCount <= colCount) {
      upright ??= {
        value: theta,
        agentStep: cols,
        objectStep: 1,
        assignment: linearAssignment(theta, small, cols),
      };
      return upright;
    }
    if (!turned) {
      const value = new Float64Array(rows * cols);
      turned = { value, agentStep: 1, objectStep: cols, assignment: linearAssignment(value, small, rows) };
    }
    return turned;
  }

  const agents = (): number => Math.min(rowCount, colCount);
  const objects = (): number => Math.max(rowCount, colCount);

  /** `to` = `from` transposed, for the current sizes; [row][col] of width cols becomes [col][row] of width rows. */
  function turn(from: Float64Array, to: Float64Array): void {
    for (let i = 0; i < rowCount; i++) {
      for (let j = 0; j < colCount; j++) to[j * rows + i] = from[i * cols + j]!;
    }
  }

  function solve(): Solvers | undefined {
    const s = solvers();
    if (s === turned) turn(theta, turned.value);
    return s.assignment.solve(agents(), objects()) ? s : undefined;
  }

  function write(s: Solvers, objectOf: Int32Array): void {
    result.fill(0);
    for (let i = 0; i < agents(); i++) result[i * s.agentStep + objectOf[i]! * s.objectStep] = 1;
  }

  /** Copies what was found by agents and objects into `result`. */
  function spread(found: Float64Array, s: Solvers): void {
    const stride = s === turned ? rows : cols;
    result.fill(0);
    for (let i = 0; i < agents(); i++) {
      for (let j = 0; j < objects(); j++) {
        result[i * s.agentStep + j * s.objectStep] = found[i * stride + j]!;
      }
    }
  }

  return {
    theta,
    vector,
    result,

    setSize(rowsNow, colsNow) {
      rowCount = rowsNow;
      colCount = colsNow;
    },

    map() {
      const s = solve();
      if (s) write(s, s.assignment.objectOf);
      return s !== undefined;
    },

    mapRows: (batch, out, alone) => rows <= cols && assignRows(rows, cols, batch, out, alone),

    sums() {
      const states = permanentStates(small, large);
      if (states > STATES_LIMIT) {
        throw new RangeError(
          `matching: exact inference expected at most ${STATES_LIMIT} subset states, got ${states} for ${rows} × ${cols}`,
        );
      }
      const s = solve();
      if (!s) return -Infinity;
      s.sums ??= permanent(s.value, small, s === turned ? rows : cols, states);
      let score = 0;
      for (let i = 0; i < agents(); i++) {
        score += theta[i * s.agentStep + s.assignment.objectOf[i]! * s.objectStep]!;
      }
      return score + s.sums.load(s.assignment, agents(), objects());
    },

    marginals() {
      const s = solvers();
      s.sums!.marginals(scratch);
      spread(scratch, s);
    },

    jvp() {
      const s = solvers();
      if (s !== turned) s.sums!.jvp(vector, scratch);
      else {
        // θ has been read; its transposed copy is not needed any more, and makes room for the direction.
        turn(vector, turned.value);
        turned.sums!.jvp(turned.value, scratch);
      }
      spread(scratch, s);
    },

    entropy: () => solvers().sums!.entropy(),

    sample(rng) {
      const s = solvers();
      write(s, s.sums!.sample(rng));
    },

    isState() {
      const { agentStep, objectStep } = solvers();
      let ones = 0;
      for (let i = 0; i < vector.length; i++) {
        if (vector[i] === 1) ones++;
        else if (vector[i] !== 0) return false;
      }
      if (ones !== agents()) return false;
      for (let i = 0; i < agents(); i++) {
        let found = 0;
        for (let j = 0; j < objects(); j++) found += vector[i * agentStep + j * objectStep]!;
        if (found !== 1) return false;
      }
      for (let j = 0; j < objects(); j++) {
        let found = 0;
        for (let i = 0; i < agents(); i++) found += vector[i * agentStep + j * objectStep]!;
        if (found > 1) return false;
      }
      return true;
    },

    *enumerate() {
      const { agentStep, objectStep } = solvers();
      const [count, choices] = [agents(), objects()];
      const z = new Float64Array(theta.length);
      const taken = new Uint8Array(choices);
      function* extend(i: number): Walk {
        if (i === count) return yield z;
        for (let j = 0; j < choices; j++) {
          if (taken[j] === 1) continue;
          taken[j] = 1;
          z[i * agentStep + j * objectStep] = 1;
          yield extend(i + 1);
          z[i * agentStep + j * objectStep] = 0;
          taken[j] = 0;
        }
      }
      yield* depthFirst(extend(0));
    },
  };
}
