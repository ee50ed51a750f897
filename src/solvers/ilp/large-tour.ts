import type { Highs } from "highs";
import { minCut } from "../../algorithms/graphs/min-cut.ts";
import type { Structure } from "../../contracts.ts";
import { checkInteger, checkLength, checkTheta } from "../../core/check.ts";
import { checkContextKeys, checkMask } from "../../core/check-context.ts";
import { type Disposing, disposing } from "../../core/disposing.ts";
import { ilpArrays } from "./ilp-model.ts";
import { type IlpContext, problem } from "./integer-program.ts";
import { checkHighs } from "./load-highs.ts";
import { checkSettings, type IlpSettings, type Outcome, preparedProgram } from "./prepared-program.ts";

/** A context's `mask`, rows × edges, forbids edges as −Infinity does. */
export type LargeTour = Structure<Pick<IlpContext, "mask">> & Disposing;

/** A cut's weight below 2 by more than this is a violated one. */
const SLACK = 1e-6;

/**
 * Tours of the travelling salesman beyond the reach of `tour(n)`: the same states and the same layout of θ, MAP by
 * HiGHS with subtour cuts added as they are needed.
 *
 * Every vertex has two edges, and every proper subset of vertices has two edges to the rest (Dantzig, Fulkerson and
 * Johnson 1954). The second kind are exponentially many: least cuts find those that a solution breaks, first for the
 * linear relaxation, then for whole numbers. A cut holds for every θ, so it stays for all later rows. Worst case
 * exponential; random distances between 50 places take well under a second.
 *
 * `report()` counts as `ilp`'s does, and the `cuts` in force. The time limit of the settings is for one solution of the
 * program, of which a row may take several. The structure owns memory of HiGHS: `dispose()` gives it back.
 *
 * @param highs what `loadHighs()` returned.
 * @param n number of vertices, ≥ 3.
 * @param settings time limit and gap, see {@link IlpSettings}.
 * @throws RangeError for a row whose allowed edges hold no tour; Error for a row that runs out of time.
 * @example
 * import { minimizing } from "hardgrad";
 * import { largeTour, loadHighs } from "hardgrad/ilp";
 * const tour = largeTour(await loadHighs(), 4);
 * const z = new Float64Array(6);
 * minimizing(tour).map(Float64Array.of(1, 9, 1, 1, 9, 1), z);
 * z.join(); // "1,0,1,1,0,1"
 * tour.dispose();
 * @see Dantzig, Fulkerson and Johnson (1954), "Solution of a large-scale traveling-salesman problem".
 */
export function largeTour(highs: Highs, n: number, settings: IlpSettings = {}): LargeTour {
  const name = "largeTour";
  checkHighs(name, highs);
  checkInteger(name, "n", n, 3);
  const size = (n * (n - 1)) / 2;
  const from = new Int32Array(size);
  const to = new Int32Array(size);
  const edgesAt = Array.from({ length: n }, (): [number, number][] => []);
  for (let i = 0, e = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++, e++) {
      from[e] = i;
      to[e] = j;
      edgesAt[i]!.push([e, 1]);
      edgesAt[j]!.push([e, 1]);
    }
  }
  const arrays = ilpArrays(name, {
    variables: size,
    constraints: edgesAt.map((terms) => ({ terms, equals: 2 })),
  });
  const program = preparedProgram(highs, arrays, checkSettings(name, settings));
  const objective = new Float64Array(size);
  const upper = new Float64Array(size);
  const cut = minCut(n);
  let cuts = 0;
  let result = new Float64Array(0);
  let disposed = false;

  /** Adds the cut that the solution breaks most; false where it breaks none. */
  function addCut(): boolean {
    const { x } = program;
    cut.weight.fill(0);
    for (let e = 0; e < size; e++) {
      cut.weight[from[e]! * n + to[e]!] = Math.max(x[e]!, 0);
      cut.weight[to[e]! * n + from[e]!] = Math.max(x[e]!, 0);
    }
    if (cut.solve() >= 2 - SLACK) return false;
    const across: number[] = [];
    for (let e = 0; e < size; e++) if (cut.side[from[e]!] !== cut.side[to[e]!]) across.push(e);
    program.addConstraint(Int32Array.from(across), new Float64Array(across.length).fill(1), 2, Infinity);
    cuts++;
    return true;
  }

  /** Cuts for the relaxation first: they are cheap, and mostly leave nothing to branch on. */
  function solve(): Outcome {
    for (let cutting = true; cutting; ) {
      const outcome = program.relax(objective);
      if (outcome !== "solved") return outcome;
      cutting = addCut();
    }
    for (let cutting = true; cutting; ) {
      const outcome = program.solve(objective);
      if (outcome !== "solved") return outcome;
      cutting = addCut();
    }
    return "solved";
  }

  return disposing(
    {
      name,
      shape: [size],
      cardinality: n,

      map(theta, out, context) {
        if (disposed) throw new Error(`${name}: it has been disposed`);
        const rows = checkTheta(name, theta, size);
        checkLength(name, "out", out, rows * size);
        checkContextKeys(name, context, ["mask"]);
        const mask = context?.mask;
        if (mask !== undefined) checkMask(name, mask, rows * size);
        if (result.length < rows * size) result = new Float64Array(rows * size);
        const excluding = mask !== undefined || theta.includes(-Infinity);
        try {
          for (let row = 0; row < rows; row++) {
            for (let e = 0; e < size; e++) {
              const at = row * size + e;
              const excluded = theta[at] === -Infinity || mask?.[at] === 0;
              objective[e] = excluded ? 0 : theta[at]!;
              upper[e] = excluded ? 0 : 1;
            }
            if (excluding) program.setBounds(arrays.lower, upper);
            const outcome = solve();
            if (outcome !== "solved") throw problem(name, row, outcome);
            result.set(program.x, row * size);
          }
        } finally {
          if (excluding) program.setBounds(arrays.lower, arrays.upper);
        }
        out.set(result.subarray(0, rows * size));
      },

      report: () => ({ ...program.counts, cuts }),
    } satisfies Structure<Pick<IlpContext, "mask">>,
    () => {
      disposed = true;
      program.dispose();
    },
  );
}
