import type { FloatArray, Rng, Structure } from "../contracts.ts";
import {
  checkFinite,
  checkFloats,
  checkLength,
  checkMethod,
  checkOptions,
  checkPositive,
  checkRng,
  checkTheta,
} from "../core/check.ts";
import { structureSize } from "../core/structure-argument.ts";
import type { LossAndGradient } from "../losses/loss-and-gradient.ts";
import { candidatesFor, formatDial } from "./candidates.ts";
import { diagnose } from "./diagnoses.ts";
import { factsOf } from "./facts.ts";
import { errorOfMean, type Measured } from "./measure.ts";
import type { ProbeLoss, Problem } from "./problem.ts";
import { byError, EQUAL, recommend } from "./recommend.ts";
import { referenceOf } from "./reference.ts";
import type { ProbeEntry, ProbeResult, ProbeStage } from "./result.ts";
import { type Arm, sweep } from "./sweep.ts";
import { table } from "./table.ts";

export interface ProbeOptions<Context = unknown> {
  readonly structure: Structure<Context>;
  /** As the encoder makes it, rows × m. */
  readonly theta: FloatArray;
  /**
   * The loss of a batch: called with a state (or a soft state) for each row of θ, in that order, rows × m; returns each
   * row's value and dL/dz. Nothing is averaged over rows.
   */
  readonly loss: ProbeLoss;
  readonly rng: Rng;
  /** Budget of time, 10 by default. Taken in full only where the estimators cannot be told apart sooner. */
  readonly seconds?: number;
  /** The structure's, for all rows. */
  readonly context?: Context;
  /**
   * Called after every setting measured, and in between ten times a second where the calls of your loss and solver allow;
   * aborting `signal` there, or in `loss`, ends the probe with what it has.
   */
  readonly onProgress?: (progress: ProbeProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ProbeProgress {
  readonly stage: ProbeStage;
  /** Since the start, and of the budget. */
  readonly seconds: number;
  readonly budget: number;
  /** The estimator with the least error so far, as code; empty before there is one. */
  readonly best: string;
}

/** Seconds between two reports of progress where nothing else is to be said. */
const SAID = 0.1;

/**
 * Which estimator, with which dials, on your own layer: measures single gradients of every estimator that the structure
 * can have, on your θ and your loss, against the true gradient dE L(z)/dθ.
 *
 * The truth comes from all states where they can be enumerated, else from an unbiased reference with a standard error that
 * is stated and taken out. The expectation is over p(z) ∝ exp⟨z, θ⟩, or over perturb-and-MAP states where there is no exact
 * inference and too many states. Dials are swept by factors of ten, then more and more finely around what is best.
 *
 * @param options see {@link ProbeOptions}.
 * @returns plain data; `String(result)` is a table. It takes no longer than its budget and one call of your loss or solver.
 * @throws TypeError or RangeError for options of a wrong kind, and for a loss that returns other than it should.
 * @example
 * import { hamming, kSubset, probe, rng } from "hardgrad";
 * const y = Float64Array.of(1, 1, 0, 0);
 * const { recommendation } = probe({
 *   structure: kSubset(4, 2),
 *   theta: Float64Array.of(0.3, -0.2, 0.8, 0.1),
 *   loss: (z) => hamming(z, y, 4),
 *   rng: rng(0),
 *   seconds: 0.5,
 * });
 * recommendation.code; // "simple(structure)": the loss is linear in z
 */
export function probe<Context = unknown>(options: ProbeOptions<Context>): ProbeResult {
  const who = "probe";
  checkOptions(who, options, [
    "structure",
    "theta",
    "loss",
    "rng",
    "seconds",
    "context",
    "onProgress",
    "signal",
  ]);
  const {
    structure,
    rng,
    seconds: budget = 10,
    context,
    onProgress,
    signal,
  } = Object(options) as typeof options;
  const size = structureSize(who, structure);
  const rows = checkTheta(who, options.theta, size);
  if (rows === 0) throw new RangeError(`${who}: theta expected at least one row of ${size} numbers`);
  if (typeof options.loss !== "function") {
    throw new TypeError(`${who}: loss expected a function of z that returns { value, gradient }`);
  }
  checkRng(who, rng, "it draws noise and samples");
  checkPositive(who, "seconds", budget);
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(`${who}: onProgress expected a function, got ${typeof onProgress}`);
  }
  if (signal !== undefined) checkMethod(who, "signal", signal, "addEventListener", "an AbortSignal");

  const start = performance.now();
  const passed = (): number => (performance.now() - start) / 1000;
  let at = { stage: "reference" as ProbeStage, best: "" };
  let said = 0;
  const say = (): void => {
    said = passed();
    onProgress?.({ ...at, seconds: said, budget });
  };
  const until = (share: number) => (): boolean => {
    if (passed() - said > SAID) say();
    return passed() < share * budget && !signal?.aborted;
  };
  const theta = Float64Array.from(options.theta);
  const problem: Problem<Context> = {
    structure,
    theta,
    rows,
    size,
    context,
    loss: (z) => checkedLoss(who, options.loss(z), rows, z.length),
    rng: rng.split(0),
  };

  say();
  const seen = factsOf(problem, until(0.1));
  const reference = referenceOf(problem, until(0.25), until(0.4), until(0.7));
  const candidates = reference.length > 0 ? candidatesFor(problem, seen.lambda, until(1)) : [];
  const { arms, untried } = sweep(candidates, reference, rows, rng.split(1), budget, until, (stage, best) => {
    at = { stage, best: best === undefined ? "" : codeOf(best) };
    say();
  });
  const measured = arms.map((arm) => arm.tally.measured());
  const slowest = measured.reduce((most, { seconds }) => Math.max(most, seconds), 0);
  const entries = arms.map((arm, i) => entryOf(arm, measured[i]!, slowest));
  const { gradient: _, ...described } = reference;
  const preference = bestOfEach(arms, entries);
  const result: ProbeResult = {
    recommendation: recommend(preference, described, seen),
    diagnoses: diagnose(entries, described, seen),
    estimators: byError(preference),
    tried: entries,
    untried,
    reference: described,
    rows,
    seconds: passed(),
  };
  // Not enumerable, so that the result stays plain data.
  Object.defineProperty(result, "toString", { value: () => table(result) });
  return result;
}

function codeOf({ candidate, value }: Arm): string {
  return candidate.code(value);
}

function entryOf(arm: Arm, measured: Measured, slowest: number): ProbeEntry {
  const { candidate, value } = arm;
  return {
    name: candidate.name,
    label: candidate.label,
    states: candidate.states,
    ...(candidate.dial && { dial: { symbol: candidate.dial.symbol, value: Number(formatDial(value)) } }),
    code: codeOf(arm),
    ...measured,
    errorAtEqualTime: errorOfMean(measured, Math.max(slowest / measured.seconds, 1)),
  };
}

/**
 * Each estimator at the dial of least error, in the order of preference; among dials as good as that the one nearest to
 * where the sweep began: a temperature of a thousand that is no better than one of ten helps nobody.
 */
function bestOfEach(arms: readonly Arm[], entries: readonly ProbeEntry[]): ProbeEntry[] {
  const least = new Map<string, number>();
  for (const { name, error } of entries) least.set(name, Math.min(error, least.get(name) ?? Infinity));
  const nearest = new Map<string, { away: number; entry: ProbeEntry }>();
  for (const [i, entry] of entries.entries()) {
    const { candidate, value } = arms[i]!;
    const away = Math.abs(Math.log(value / (candidate.dial?.start ?? value)));
    const other = nearest.get(entry.name);
    if (entry.error > EQUAL * least.get(entry.name)! || (other && other.away <= away)) continue;
    nearest.set(entry.name, { away, entry });
  }
  return [...nearest.values()].map(({ entry }) => entry);
}

function checkedLoss(who: string, result: LossAndGradient, rows: number, length: number): LossAndGradient {
  if (typeof result !== "object" || result === null || !("value" in result && "gradient" in result)) {
    throw new TypeError(`${who}: loss expected to return { value, gradient }`);
  }
  checkFloats(who, "the loss's value", result.value);
  checkLength(who, "the loss's value", result.value, rows);
  checkFinite(who, "the loss's value", result.value, rows);
  checkFinite(who, "the loss's gradient", result.gradient, length);
  return result;
}
