import { heatMap } from "../../../../lab/report/charts/heat-map.ts";
import type { Figure, Section } from "../../../../lab/report/report.ts";
import type { Comparison, Measured } from "../measured.ts";

type Quantity = "error" | "bias" | "variance";

/** One heat map a loss: the error of each estimator on each structure. */
export function errors(comparison: Comparison): Section {
  return {
    title: "How far off is a single gradient?",
    conclusion: written(comparison),
    figures: comparison.losses.map((loss) => map(comparison, loss, "error", capitalised(loss.label))),
    notes: [
      "Mean of 1 − cos(gradient, exact gradient) over gradients and instances; all-zero gradients count as 1. In brackets: samples a gradient, where it is not one. The dial (λ, β, t, ε) at its best value for each cell.",
      "The coupled loss is √c Σⱼ log cosh(⟨wⱼ, z⟩/√c − aⱼ), three random features of the state, c the number of ones. θ ~ N(0, 1) makes a flat law, N(0, 3²) a sharp one.",
    ],
  };
}

/** Bias and variance apart, for the first loss. */
export function spread(comparison: Comparison): Section {
  const loss = comparison.losses[0]!;
  return {
    title: "Is it off on average, or does it scatter?",
    conclusion:
      "Bias stays however many gradients are averaged; scatter goes. A score function is all scatter, black-box differentiation and the identity are all bias, as they draw nothing at random; a relaxation's temperature trades one for the other.",
    figures: [
      map(comparison, loss, "bias", "Bias: 1 − cos(mean gradient, exact)"),
      map(comparison, loss, "variance", "Variance of 1 − cos(gradient, mean gradient)"),
    ],
    notes: [
      `${capitalised(loss.label)}, at the dial with the least error. From the bias is taken what an unbiased estimator of the same scatter would show by chance.`,
    ],
  };
}

function map(
  comparison: Comparison,
  loss: Comparison["losses"][number],
  quantity: Quantity,
  title: string,
): Figure {
  const { structures, methods } = comparison;
  const cells = methods.flatMap((method) =>
    structures.flatMap((structure) => {
      const best: Measured | undefined = comparison.best(structure, loss, method);
      return best === undefined ? [] : [{ x: structure.short, y: method.label, value: best[quantity] }];
    }),
  );
  return {
    name: `${quantity}-${loss.name}`,
    alt: `${title}: each estimator on each structure.`,
    spec: heatMap({
      title,
      cells,
      x: "",
      y: "",
      domain: quantity === "variance" ? [0, 0.25] : [0, 1],
      cellWidth: 38,
      cellHeight: 21,
    }),
  };
}

/** What the two writings of one loss show. */
function written(comparison: Comparison): string {
  const of = (name: string) => comparison.losses.find((loss) => loss.name === name);
  const [squared, linear] = [of("squared"), of("linear")];
  const simple = comparison.methods.find(({ name }) => name === "simple")!;
  if (squared === undefined || linear === undefined) return "Rows: estimators; columns: structures.";
  const error = (loss: NonNullable<typeof squared>): string =>
    (comparison.overall(loss, simple) ?? Number.NaN).toFixed(2);
  return `The loss decides as much as the estimator. The separable loss has the same values on all states in both writings, and the same exact gradient; SIMPLE's error is ${error(squared)} with one and ${error(linear)} with the other, since it ignores how the gradient ∇L changes from state to state. Only score functions do not notice. If a loss can be written linearly in z, write it so.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
