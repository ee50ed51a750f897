import { formatPlaces } from "../../lab/report/format.ts";
import type { Report } from "../../lab/report/report.ts";
import type { MethodName } from "./config.ts";
import { curves } from "./figures/curves.ts";
import { type Finished, final, NAMES, split } from "./figures/lines.ts";
import { reconstructions, samples } from "./figures/pictures.ts";
import { statements } from "./figures/statements.ts";
import { epochs, parts, times } from "./figures/tables.ts";

export function report(run: Finished): Report {
  return {
    lead: lead(run),
    sections: [
      curves(run),
      ...statements(run),
      parts(run),
      epochs(run),
      reconstructions(run),
      samples(run),
      times(run),
    ],
  };
}

function lead(run: Finished): string {
  const { config, summary } = run;
  const [many, one] = split(run);
  const ranked = (names: readonly MethodName[], metric: "test-loss" | "bound"): string => {
    const loss = (name: MethodName): number => final(run, name, metric).mean;
    const [first, ...others] = [...names].sort((a, b) => loss(a) - loss(b));
    const rest = others.map((name) => `${NAMES[name]} ${formatPlaces(loss(name), 1)}`);
    return `**${NAMES[first!]}** ${formatPlaces(loss(first!), 1)}${rest.length > 0 ? ` (${rest.join(", ")})` : ""}`;
  };
  const said = [
    ...(many.length > 0
      ? [
          `With ${config.k}-subsets the lowest test loss is ${ranked(many, "test-loss")}, and the lowest bound on −log p(x) ${ranked(many, "bound")}.`,
        ]
      : []),
    ...(one.length > 0
      ? [`With one of ${config.categories} the lowest test loss is ${ranked(one, "test-loss")}.`]
      : []),
  ];
  const epochs = `${config.epochs} ${config.epochs === 1 ? "epoch" : "epochs"}`;
  return `${said.join(" ")} After ${epochs}; ${summary.data}.`;
}
