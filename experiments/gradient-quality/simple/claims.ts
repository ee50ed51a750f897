/** What SIMPLE, Sec. 5.1 says of its Figures 1 and 3, as statements that one instance confirms or not. */
import type { GradientQuality } from "../../../src/index.ts";

/** Qualities of one instance by method. */
export type Qualities = Readonly<Record<string, GradientQuality>>;

export interface Claim {
  readonly text: string;
  readonly problem: string;
  /** Methods it speaks of; without one of them it is not judged. */
  readonly needs: readonly string[];
  holds(of: Qualities): boolean;
}

/** Whether it holds, on each instance that has what it needs. */
export function judge({ needs, holds }: Claim, instances: readonly Qualities[]): boolean[] {
  return instances.filter((of) => needs.every((name) => of[name])).map(holds);
}

/** The estimators of the paper's Figure 1, its flavours as the published code computes them. */
const FIGURE_1: readonly string[] = ["imle", "sfe", "simple-f-published", "simple-b-published", "simple"];
const FIGURE_3: readonly string[] = ["simple", "st-gumbel-softmax"];

type Metric = "bias" | "variance" | "error";

function least(of: Qualities, method: string, metric: Metric, among: readonly string[]): boolean {
  return among.every((other) => other === method || of[method]![metric] < of[other]![metric]);
}

function most(of: Qualities, method: string, metric: Metric): boolean {
  return FIGURE_1.every((other) => other === method || of[method]![metric] > of[other]![metric]);
}

function figure1(text: string, holds: (of: Qualities) => boolean): Claim {
  return { text, problem: "5-of-10", needs: FIGURE_1, holds };
}

function figure3(text: string, holds: (of: Qualities) => boolean): Claim {
  return { text, problem: "1-of-10", needs: FIGURE_3, holds };
}

export const claims: readonly Claim[] = [
  // Three times the mean under no bias: the distribution is a scaled χ² with about m − 1 degrees.
  figure1(
    "the score function has no bias (within 3 times what chance gives)",
    (of) => of.sfe!.bias < 3 * of.sfe!.biasFloor,
  ),
  figure1("the score function has the highest variance", (of) => most(of, "sfe", "variance")),
  figure1("I-MLE has the highest bias", (of) => most(of, "imle", "bias")),
  figure1("SIMPLE has the lowest bias, the score function aside", (of) =>
    least(
      of,
      "simple",
      "bias",
      FIGURE_1.filter((m) => m !== "sfe"),
    ),
  ),
  figure1("SIMPLE has the lowest variance", (of) => least(of, "simple", "variance", FIGURE_1)),
  figure1("SIMPLE has the lowest error", (of) => least(of, "simple", "error", FIGURE_1)),
  figure1("SIMPLE-F has less bias than I-MLE", (of) => of["simple-f-published"]!.bias < of.imle!.bias),
  figure1(
    "SIMPLE-F has more variance than I-MLE",
    (of) => of["simple-f-published"]!.variance > of.imle!.variance,
  ),
  figure1(
    "SIMPLE-B has less variance than I-MLE",
    (of) => of["simple-b-published"]!.variance < of.imle!.variance,
  ),
  figure3("k = 1: SIMPLE has less bias than straight-through Gumbel-softmax", (of) =>
    least(of, "simple", "bias", FIGURE_3),
  ),
  figure3("k = 1: SIMPLE has less variance than straight-through Gumbel-softmax", (of) =>
    least(of, "simple", "variance", FIGURE_3),
  ),
];
