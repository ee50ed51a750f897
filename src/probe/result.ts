/** What a probe finds, as plain data. */
import type { Measured } from "./measure.ts";
import type { ProbeReference } from "./reference.ts";

/** One estimator at one value of its dial. */
export interface ProbeEntry extends Measured {
  readonly name: string;
  readonly label: string;
  /** What the loss sees in training: states, or points between them. */
  readonly states: "hard" | "soft";
  /** Symbol and value of its dial, where it has one. */
  readonly dial?: { readonly symbol: string; readonly value: number };
  /** The call that makes the layer. */
  readonly code: string;
  /**
   * The error of the mean of as many gradients as fit into the time of the slowest entry's one; NaN where the bias is not
   * known.
   */
  readonly errorAtEqualTime: number;
}

export interface ProbeRecommendation {
  /** Whether the evidence tells it from all others. */
  readonly decided: boolean;
  /** What to take and why, in a sentence or two. */
  readonly text: string;
  /** The call that makes the layer; empty where nothing could be measured. */
  readonly code: string;
  /** The same for estimators whose loss sees states in training; empty where there is none. */
  readonly hardCode: string;
}

export interface ProbeDiagnosis {
  readonly about:
    | "lambda too small"
    | "lambda too large"
    | "noise swamps theta"
    | "noise changes nothing"
    | "linear loss"
    | "short-sighted loss"
    | "zero gradient"
    | "imprecise reference";
  readonly text: string;
}

export type ProbeStage = "reference" | "coarse" | "fine" | "race";

/** What was not measured, and why. */
export interface ProbeUntried {
  readonly code: string;
  readonly reason: string;
}

export interface ProbeResult {
  readonly recommendation: ProbeRecommendation;
  /** What was seen beside: dials that are off, noise that swamps θ, losses of a special kind. */
  readonly diagnoses: readonly ProbeDiagnosis[];
  /** Each estimator at its best dial, least error first. */
  readonly estimators: readonly ProbeEntry[];
  /** Every estimator at every value tried, in the order of the sweep. */
  readonly tried: readonly ProbeEntry[];
  readonly untried: readonly ProbeUntried[];
  readonly reference: Omit<ProbeReference, "gradient">;
  readonly rows: number;
  readonly seconds: number;
}
