import { stripPlot } from "../../../lab/report/charts/strip-plot.ts";
import { formatNumber, formatSpread } from "../../../lab/report/format.ts";
import { type Figure, nameAndNumbers, type Section } from "../../../lab/report/report.ts";
import { type Method, methods } from "../model.ts";
import { others } from "../others.ts";
import { across, colorOf, endsOf, type Finished, isAuthors, NAMES, number } from "./lines.ts";

/** What of all this is the problem's, and what the instance's. */
export function instances(run: Finished): Section {
  const count = run.config.instances;
  const all = [
    ...methods.map((name) => ({ name, label: NAMES[name], color: colorOf(name) })),
    ...others.map(({ name, label, soft }) => ({ name, label, color: soft ? 3 : 5 })),
  ]
    .map((method) => ({
      ...method,
      ...across(run, method.name),
      gaps: endsOf(run, method.name).map(({ mean }) => number(mean)),
    }))
    .sort((a, b) => a.mean - b.mean);
  const gaps = (method: Method): readonly number[] => all.find(({ name }) => name === method)!.gaps;
  const holds = (...order: Method[]): number =>
    gaps(order[0]!).filter((_, i) =>
      order.every((method, at) => at === 0 || gaps(order[at - 1]!)[i]! < gaps(method)[i]!),
    ).length;
  const chart = (width: number): Figure["spec"] =>
    stripPlot({
      x: "final gap to the optimal expected loss",
      roots: true,
      width,
      strips: all.map(({ label, gaps, color }) => ({ name: label, values: gaps, marked: 0, color })),
    });
  return {
    title: "Does it hold on other instances?",
    conclusion: `The paper has one instance; here are ${count}. I-MLE ends below SFE on ${holds("imle-sog", "sfe")} of them, below STE on ${holds("imle-sog", "ste-gumbel")}, SFE below STE on ${holds("sfe", "ste-gumbel")}: the paper's order holds on ${holds("imle-sog", "sfe", "ste-gumbel")}. I-MLE ends lower with SoG than with Gumbel noise on ${holds("imle-sog", "imle-gumbel")}, STE with Gumbel than with SoG on ${holds("ste-gumbel", "ste-sog")}.`,
    figures: [
      {
        name: "instances",
        alt: "Final gap of each estimator on each instance",
        caption: `A dot is the mean final gap on an instance; without colour: ${isAuthors(run) ? "the authors'" : "the one of the other figures"}; the bar is the mean of all. Orange, blue and green: the paper's; teal: hard states; violet: soft ones. The axis is that of square roots.`,
        spec: chart(480),
        narrow: chart(190),
      },
    ],
    tables: [
      {
        columns: nameAndNumbers([
          "estimator",
          isAuthors(run) ? "authors' instance" : "this instance",
          `${count} instances`,
          "least",
          "most",
        ]),
        rows: all.map(({ label, name, mean, std, gaps }) => {
          const own = endsOf(run, name)[0]!;
          return [
            label,
            formatSpread(number(own.mean), number(own.std)),
            formatSpread(mean, std),
            formatNumber(Math.min(...gaps), 2),
            formatNumber(Math.max(...gaps), 2),
          ];
        }),
      },
    ],
    notes: [
      "On one instance ± is the deviation from run to run; over instances that of their means from instance to instance. Learning rates, λ and temperatures are the same everywhere, chosen on the authors' instance alone.",
    ],
  };
}
