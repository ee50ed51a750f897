/**
 * An integer linear program kept in memory by HiGHS, solved for one objective after another.
 *
 * Each objective first goes to the linear relaxation, whose simplex basis of the time before is a warm start and costs
 * a few pivots. Where its solution is whole it is the answer, without branch and bound; else the integer program is
 * run, with the best solution of the time before as a starting point. Objectives are scaled by a power of two to 2¹⁰,
 * so that the solver's absolute tolerances mean the same at every scale of θ.
 *
 * Rounding a variable that is whole up to 1e−8 moves a sum by 1e−8 of its coefficient, which large coefficients turn
 * into units. So every rounded solution is held against the constraints once more: a relaxation that fails goes on to
 * branch and bound, and an answer of branch and bound that fails is no answer.
 */
import type { Highs, Model } from "highs";
import { checkNonNegative, checkOneOf, checkOptions, checkPositive } from "../../core/check.ts";
import { brokenConstraint, describeBroken } from "./broken-constraint.ts";
import type { IlpArrays } from "./ilp-model.ts";

export interface IlpSettings {
  /** Seconds for one row; Infinity by default. Less time: more rows that fail or are answered with less than the best. */
  readonly timeLimit?: number;
  /** Relative gap at which branch and bound stops, 0 by default. Larger: faster, and states may be worse by as much. */
  readonly gap?: number;
  /** A row that runs out of time: "error", the default, or "best", the best state found so far if there is one. */
  readonly outOfTime?: "error" | "best";
}

export type Outcome = "solved" | "infeasible" | "unbounded" | "out of time" | "failed" | `breaks ${string}`;

export interface PreparedProgram {
  /** The solution of the last `relax` or `solve`. */
  x: Float64Array;
  /** Maximises ⟨objective, x⟩ over the linear relaxation. */
  relax(objective: Float64Array): Outcome;
  /** Maximises ⟨objective, x⟩ over whole numbers; `x` has them exactly. */
  solve(objective: Float64Array): Outcome;
  setBounds(lower: Float64Array, upper: Float64Array): void;
  setConstraintBounds(lower: Float64Array, upper: Float64Array): void;
  /** The coefficients of all terms, from `offset` on. */
  setCoefficients(values: ArrayLike<number>, offset: number): void;
  /** The caller of `solve` sees to it that these hold. */
  addConstraint(variables: Int32Array, coefficients: Float64Array, lower: number, upper: number): void;
  /** Rows solved, how many of them by the relaxation alone, branch-and-bound nodes, largest relative gap left. */
  readonly counts: { solved: number; relaxed: number; nodes: number; largestGap: number };
  dispose(): void;
}

/** A vertex of whole data is whole up to rounding; anything further off is for branch and bound. */
const WHOLE = 1e-9;
/**
 * HiGHS's `mip_feasibility_tolerance`. Its default, 1e−6, overlooks one unit under coefficients of 10⁶; below 1e−8,
 * branch and bound loses feasible points at 10⁷ without a word. Where it finds nothing at 1e−8, as for continuous
 * variables of 10⁹, whose doubles are coarser, it gets another try at its default.
 */
const INTEGRALITY = [1e-8, 1e-6];
const TOP_EXPONENT = 10;

export function checkSettings(who: string, settings: IlpSettings): Required<IlpSettings> {
  checkOptions(who, settings, ["timeLimit", "gap", "outOfTime"]);
  const { timeLimit = Infinity, gap = 0, outOfTime = "error" } = settings;
  if (timeLimit !== Infinity) checkPositive(who, "timeLimit", timeLimit);
  checkNonNegative(who, "gap", gap);
  checkOneOf(who, "outOfTime", outOfTime, ["error", "best"]);
  return { timeLimit, gap, outOfTime };
}

/** Passes a program to HiGHS. */
export function preparedProgram(
  highs: Highs,
  arrays: IlpArrays,
  { timeLimit, gap, outOfTime }: Required<IlpSettings>,
): PreparedProgram {
  const size = arrays.lower.length;
  const status = highs.constants.modelStatus;
  const all = { kind: "range", from: 0, to: size - 1 } as const;
  const scaled = new Float64Array(size);
  const options = {
    output_flag: false,
    mip_rel_gap: gap,
    mip_abs_gap: 0,
    // Takes more than half of the time of small programs, and has saved no node (docs/decisions/0240).
    mip_heuristic_run_feasibility_jump: false,
  };
  /** The constraints as the program has them now, without those of `addConstraint`. */
  const rows = {
    start: arrays.start,
    variable: arrays.variable,
    coefficient: arrays.coefficient.slice(),
    rowLower: arrays.rowLower.slice(),
    rowUpper: arrays.rowUpper.slice(),
  };
  const counts = { solved: 0, relaxed: 0, nodes: 0, largestGap: 0 };
  const relaxation = highs.createModel({
    numCols: size,
    numRows: arrays.rowLower.length,
    sense: highs.constants.objectiveSense.maximize,
    colCost: scaled,
    colLower: arrays.lower,
    colUpper: arrays.upper,
    rowLower: arrays.rowLower,
    rowUpper: arrays.rowUpper,
    matrix: {
      format: "csr",
      numRows: arrays.rowLower.length,
      numCols: size,
      starts: arrays.start,
      indices: arrays.variable,
      values: arrays.coefficient,
    },
  });
  relaxation.options.set(options);
  /** Made of the relaxation as it is when the first row needs branch and bound. */
  let integral: Model | undefined;
  let incumbent: Float64Array | undefined;

  const both = (change: (model: Model) => void): void => {
    change(relaxation);
    if (integral) change(integral);
  };

  function setObjective(model: Model, objective: Float64Array): void {
    let largest = 0;
    for (let i = 0; i < size; i++) largest = Math.max(largest, Math.abs(objective[i]!));
    const factor = largest > 0 ? 2 ** (TOP_EXPONENT - Math.ceil(Math.log2(largest))) : 1;
    for (let i = 0; i < size; i++) scaled[i] = objective[i]! * factor;
    if (size > 0) model.changeColsCost(all, scaled);
  }

  function run(model: Model, objective: Float64Array, seconds: number): Outcome {
    setObjective(model, objective);
    if (seconds < Infinity) {
      model.zeroAllClocks();
      model.options.set("time_limit", Math.max(seconds, 0));
    }
    switch (attempt(model)) {
      case status.optimal:
      case status.empty:
        return "solved";
      case status.infeasible:
        return "infeasible";
      case status.unbounded:
        return "unbounded";
      case status.unboundedOrInfeasible:
        // Presolve saw one of the two. Without an objective nothing is unbounded.
        if (largestOf(objective) === 0) return "infeasible";
        return run(model, new Float64Array(size), seconds) === "infeasible" ? "infeasible" : "unbounded";
      case status.timeLimit:
        return "out of time";
      default:
        return "failed";
    }
  }

  /** HiGHS throws where it fails; the row is named elsewhere. */
  function attempt(model: Model): number {
    try {
      return model.run().modelStatus;
    } catch (error) {
      if (error instanceof highs.errors.HighsError) return status.solveError;
      throw error;
    }
  }

  function isWhole(): boolean {
    const { x } = program;
    for (let i = 0; i < size; i++) {
      if (arrays.integer[i] === 1 && Math.abs(x[i]! - Math.round(x[i]!)) > WHOLE) return false;
    }
    return true;
  }

  function round(): void {
    const { x } = program;
    // + 0 turns −0 into 0.
    for (let i = 0; i < size; i++) if (arrays.integer[i] === 1) x[i] = Math.round(x[i]!) + 0;
  }

  const program: PreparedProgram = {
    x: new Float64Array(size),
    counts,

    relax(objective) {
      const outcome = run(relaxation, objective, timeLimit);
      if (outcome === "solved") program.x = relaxation.getSolution().colValue;
      return outcome;
    },

    solve(objective) {
      counts.solved++;
      const begin = performance.now();
      const relaxed = program.relax(objective);
      if (relaxed !== "solved") return relaxed;
      if (isWhole()) {
        round();
        if (brokenConstraint(rows, program.x) < 0) {
          counts.relaxed++;
          return relaxed;
        }
      }
      if (!integral) {
        integral = highs.createModel({ ...relaxation.getModel("csr"), integrality: arrays.integer });
        integral.options.set(options);
      } else if (incumbent) integral.setSolution({ colValue: incumbent });
      let outcome: Outcome = "failed";
      for (const tolerance of INTEGRALITY) {
        integral.options.set("mip_feasibility_tolerance", tolerance);
        outcome = run(integral, objective, timeLimit - (performance.now() - begin) / 1000);
        counts.nodes += Math.max(Number(integral.info.get("mip_node_count")), 0);
        if (outcome === "solved" || outcome === "out of time") break;
      }
      const left = Number(integral.info.get("mip_gap"));
      const found = outcome === "out of time" && outOfTime === "best" && left < Infinity;
      if (outcome !== "solved" && !found) return outcome;
      program.x = integral.getSolution().colValue;
      round();
      const broken = brokenConstraint(rows, program.x);
      if (broken >= 0) return `breaks ${describeBroken(rows, program.x, broken)}`;
      counts.largestGap = Math.max(counts.largestGap, left);
      incumbent = program.x;
      return "solved";
    },

    setBounds(lower, upper) {
      if (size > 0) both((model) => model.changeColsBounds(all, lower, upper));
    },

    setConstraintBounds(lower, upper) {
      if (lower.length === 0) return;
      rows.rowLower.set(lower);
      rows.rowUpper.set(upper);
      both((model) => model.changeRowsBounds({ kind: "range", from: 0, to: lower.length - 1 }, lower, upper));
    },

    setCoefficients(values, offset) {
      const { start, variable, coefficient } = rows;
      for (let k = 0; k < coefficient.length; k++) coefficient[k] = values[offset + k]!;
      both((model) => {
        for (let c = 0, k = 0; c + 1 < start.length; c++) {
          for (; k < start[c + 1]!; k++) model.changeCoefficient(c, variable[k]!, coefficient[k]!);
        }
      });
    },

    addConstraint(variables, coefficients, lower, upper) {
      both((model) => model.addRow(lower, upper, { indices: variables, values: coefficients }));
    },

    dispose() {
      relaxation.dispose();
      integral?.dispose();
    },
  };
  return program;
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  return largest;
}
