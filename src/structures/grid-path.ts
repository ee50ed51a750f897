import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import { gridSearch } from "../algorithms/paths/grid-search.ts";
import type { Structure, With } from "../contracts.ts";
import { checkInteger, checkLength, checkOneOf, checkOptions, checkTheta, MAP_RANGE } from "../core/check.ts";
import { checkContextKeys, checkMask } from "../core/check-context.ts";
import { targetOf } from "../core/overlap.ts";
import { checkRoom } from "../core/room.ts";

export interface GridPathOptions {
  /** 8, the default: also diagonal steps; 4: along rows and columns only. */
  readonly neighbours?: 4 | 8;
  /**
   * What a positive θ (a negative cost, as noise can make it) becomes: "clamp", the default, counts it as 0 and
   * `report()` says how often; "error" refuses it. Shortest simple paths with negative cycles are NP-hard.
   */
  readonly negativeCosts?: "clamp" | "error";
}

export interface GridPath extends With<Structure<GridPathContext>, "states" | "report"> {
  report(): Readonly<Record<"clampedCosts" | "solvedRows", number>>;
}

/** What may differ from row to row. */
export interface GridPathContext {
  /** batch × rows × cols; a cell with mask 0 is blocked. */
  readonly mask?: ArrayLike<number>;
}

/**
 * Shortest paths through a grid from the top left to the bottom right cell: z marks the visited cells, both ends
 * included, and the cost of a path is the sum of its cells' costs. θ = −cost; a cell of −Infinity is blocked.
 *
 * Dijkstra's algorithm, O(mn log mn) a row. Among paths of equal cost the one found first is taken; which one does not
 * depend on the platform.
 *
 * @param rows number of rows, ≥ 1.
 * @param cols number of columns, ≥ 1.
 * @param options see {@link GridPathOptions}.
 * @returns the structure; θ and z have shape [rows, cols]. `report()` gives `clampedCosts`, the number of negative
 *   costs counted as 0 so far, and `solvedRows`.
 * @throws RangeError for sizes out of range, where blocked cells cut a row's corners apart, and for negative costs
 *   under "error".
 * @example
 * import { gridPath, minimizing } from "hardgrad";
 * const z = new Float64Array(6);
 * minimizing(gridPath(2, 3)).map(Float64Array.of(1, 9, 1, 1, 1, 1), z);
 * z; // Float64Array [1, 0, 0, 0, 1, 1]
 * @see Pogančić et al.: Differentiation of blackbox combinatorial solvers (2020), Warcraft; Dijkstra (1959).
 */
export function gridPath(rows: number, cols: number, options: GridPathOptions = {}): GridPath {
  const who = "gridPath";
  checkInteger(who, "rows", rows, 1);
  checkInteger(who, "cols", cols, 1);
  checkOptions(who, options, ["neighbours", "negativeCosts"]);
  const { neighbours = 8, negativeCosts = "clamp" } = options;
  checkOneOf(who, "neighbours", neighbours, [4, 8]);
  checkOneOf(who, "negativeCosts", negativeCosts, ["clamp", "error"]);
  const size = rows * cols;
  checkRoom(who, `a grid of ${rows} × ${cols}`, 6 * (rows + 2) * (cols + 2));
  // A border of closed cells spares the search all tests for the edges of the grid.
  const width = cols + 2;
  const padded = (rows + 2) * width;
  const source = width + 1;
  const target = rows * width + cols;
  const steps =
    neighbours === 8
      ? Int32Array.of(-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1)
      : Int32Array.of(-width, -1, 1, width);
  const { cost, closed, previous, search } = gridSearch(padded, steps, source, target);
  /** Index in a row of z of a cell of the padded grid. */
  const indexOf = (cell: number): number => (Math.floor(cell / width) - 1) * cols + (cell % width) - 1;
  let clampedCosts = 0;
  let solvedRows = 0;

  return {
    name: who,
    shape: [rows, cols],

    map(theta, out, context) {
      const batch = checkTheta(who, theta, size, "theta", MAP_RANGE);
      checkLength(who, "out", out, batch * size);
      checkContextKeys(who, context, ["mask"]);
      const mask = context?.mask;
      if (mask !== undefined) checkMask(who, mask, theta.length);
      if (negativeCosts === "error") {
        const bad = theta.findIndex((x) => x > 0);
        if (bad >= 0) {
          throw new RangeError(
            `${who}: theta expected numbers <= 0 (costs >= 0), got ${theta[bad]} in row ${Math.floor(bad / size)} at ${bad % size}`,
          );
        }
      }
      // Only blocked cells can make a row infeasible; then nothing is written before all rows are solved.
      const later = mask !== undefined || theta.includes(-Infinity);
      const states = later ? new Float64Array(batch * size) : targetOf(out, undefined, theta);
      for (let row = 0; row < batch; row++) {
        closed.fill(1);
        for (let y = 0; y < rows; y++) {
          const from = row * size + y * cols;
          const to = (y + 1) * width + 1;
          for (let x = 0; x < cols; x++) {
            const c = -theta[from + x]!;
            if (c < 0) clampedCosts++;
            cost[to + x] = Math.max(c, 0);
            closed[to + x] = +(c === Infinity || mask?.[from + x] === 0);
          }
        }
        if (!search())
          throw new RangeError(`${who}: row ${row} has no path, its blocked cells cut the corners apart`);
        states.fill(0, row * size, (row + 1) * size);
        for (let cell = target; ; cell = previous[cell]!) {
          states[row * size + indexOf(cell)] = 1;
          if (cell === source) break;
        }
      }
      solvedRows += batch;
      if (states !== out) out.set(states);
    },

    *states(context) {
      checkContextKeys(who, context, ["mask"]);
      if (context?.mask !== undefined) checkMask(who, context.mask, size);
      const z = new Float64Array(size);
      const open = new Uint8Array(padded);
      // Different paths may visit the same cells.
      const seen = new Set<string>();
      for (let y = 1; y <= rows; y++) {
        for (let cell = y * width + 1; cell <= y * width + cols; cell++) {
          open[cell] = +(context?.mask?.[indexOf(cell)] !== 0);
        }
      }
      const firstTime = (): boolean => seen.size < seen.add(z.join("")).size;
      function* walk(cell: number): Walk {
        const at = indexOf(cell);
        z[at] = 1;
        open[cell] = 0;
        if (cell === target) {
          if (firstTime()) yield z.slice();
        } else for (const step of steps) if (open[cell + step] === 1) yield walk(cell + step);
        z[at] = 0;
        open[cell] = 1;
      }
      if (open[source] === 1 && open[target] === 1) yield* depthFirst(walk(source));
    },

    report: () => ({ clampedCosts, solvedRows }),
  };
}
