import type { FinishedRun } from "../../../lab/experiment.ts";
import { formatNumber } from "../../../lab/report/format.ts";
import type { Report, Section, Table } from "../../../lab/report/report.ts";
import type { GradientQualityConfig } from "../config.ts";
import { cost } from "./figures/cost.ts";
import { dials } from "./figures/dials.ts";
import { errors, spread } from "./figures/maps.ts";
import { type Comparison, comparisonOf } from "./measured.ts";

export function comparisonReport(run: FinishedRun<GradientQualityConfig>): Report {
  const comparison = comparisonOf(run);
  return {
    lead: lead(comparison),
    sections: [
      advice(comparison),
      errors(comparison),
      spread(comparison),
      ...dials(comparison),
      cost(comparison),
      expectations(comparison),
    ],
  };
}

/** What someone has, and which estimators can then be used. `noise-score` is not an estimator of the library. */
const SITUATIONS: readonly { readonly text: string; readonly names: readonly string[] }[] = [
  {
    text: "inference, hard states",
    names: ["simple", "simple-f", "simple-b", "sst-hard"],
  },
  { text: "inference, values of L", names: ["sfe", "sfe-loo"] },
  { text: "inference, soft states", names: ["sst"] },
  {
    text: "MAP alone, hard states",
    names: [
      "imle",
      "imle-gumbel",
      "imle-central",
      "imle-adaptive",
      "straight-through",
      "black-box",
      "identity",
    ],
  },
  {
    text: "MAP alone, soft states",
    names: ["perturbed", "perturbed-multiplicative", "sparse-map"],
  },
];

function lead(comparison: Comparison): string {
  const loss = comparison.losses[0]!;
  const best = (situation: number): string => {
    const { label, error } = ranked(comparison, loss, SITUATIONS[situation]!.names)[0]!;
    return `**${label}** (${formatNumber(error, 2)})`;
  };
  return `No estimator wins everywhere; what there is decides. Closest to the exact gradient among those with hard states: with exact inference ${best(0)}, with a MAP solver alone ${best(3)}, with values of the loss alone ${best(1)}. Of those with soft states: ${best(2)}. Mean cosine distance of a single gradient, ${loss.label}; 0 is the right direction, 1 is at right angles to it.`;
}

function ranked(
  comparison: Comparison,
  loss: Comparison["losses"][number],
  names: readonly string[],
): { label: string; error: number }[] {
  return comparison.methods
    .filter(({ name }) => names.includes(name))
    .flatMap((method) => {
      const error = comparison.overall(loss, method);
      return error === undefined ? [] : [{ label: method.label, error }];
    })
    .sort((a, b) => a.error - b.error);
}

function advice(comparison: Comparison): Section {
  const table: Table = {
    columns: [{ title: "what there is" }, ...comparison.losses.map(({ short }) => ({ title: short }))],
    rows: SITUATIONS.map(({ text, names }) => [
      text,
      ...comparison.losses.map((loss) =>
        ranked(comparison, loss, names)
          .slice(0, 2)
          .map(({ label, error }) => `${label} ${formatNumber(error, 2)}`)
          .join("; "),
      ),
    ]),
  };
  return {
    title: "Which estimator when?",
    conclusion: `The two best of each situation, by the error of a single gradient, mean over ${comparison.structures.length} structures.`,
    tables: [table],
    notes: [
      "**Inference**: the structure has exact marginals and samples; **MAP alone**: only a solver. **Hard states**: the loss sees states; **soft states**: it also takes points between them, or means of states. **Values of L**: the loss has no gradient.",
      "Each at its dial's best value for each structure, chosen in hindsight: what a search finds. Only directions are compared; a scale that is off is the learning rate's business.",
      "**Soft states are another problem.** A relaxation's gradient belongs to a loss of soft states, and at a high temperature nearly the same soft state always goes in. It points well here because these losses continue smoothly between the states; a model that is trained on soft states must still be judged on hard ones.",
    ],
  };
}

function expectations(comparison: Comparison): Section {
  const loss = comparison.losses[0]!;
  const own = comparison.methods.find(({ name }) => name === "noise-score")!;
  const distances = comparison.structures.map(
    (structure) => `${structure.label} ${formatNumber(comparison.best(structure, loss, own)!.bias, 2)}`,
  );
  return {
    title: "Gradients of what?",
    conclusion: `All are held against one truth, the gradient of E L(z) under p(z) ∝ exp⟨z, θ⟩. Not all of them are estimates of it. The states of perturb-and-MAP have another law; how far its own gradient is with Gumbel noise, as cosine distance: ${distances.join(", ")}. What I-MLE and straight-through with this noise show beyond that is theirs.`,
    tables: [
      {
        columns: [{ title: "estimators" }, { title: "expectation" }, { title: "without bias for it?" }],
        rows: [
          ["score function", "E L(z), z ~ p(z; θ)", "yes"],
          ["SIMPLE", "E L(z), z ~ p(z; θ)", "where L is linear in z"],
          ["I-MLE, straight-through", "E L(MAP(θ + ε))", "no"],
          ["score function of the noise", "E L(MAP(θ + ε))", "yes; shown for this comparison only"],
          ["stochastic softmax, SoftSub, L2X", "E L(X), X soft", "yes"],
          ["perturbed optimizer", "L(E MAP(θ + ε)), the loss of the mean state", "where L is linear in z"],
          [
            "black box, identity",
            "L(MAP(θ)), whose gradient is 0 nearly everywhere",
            "no; of something smoother",
          ],
        ],
      },
    ],
    notes: [
      "That distance is the bias of the score function of the noise with a finite number of gradients, less what chance gives.",
    ],
  };
}
