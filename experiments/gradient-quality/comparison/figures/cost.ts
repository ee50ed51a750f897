import { type Line, lineChart } from "../../../../lab/report/charts/line-chart.ts";
import { formatNumber } from "../../../../lab/report/format.ts";
import type { Figure, Section } from "../../../../lab/report/report.ts";
import type { Comparison } from "../measured.ts";
import { AVERAGED } from "../run.ts";

/** A few of each kind: more lines cannot be told apart. */
const SHOWN: readonly string[] = [
  "simple",
  "sfe-loo",
  "imle-central",
  "straight-through",
  "perturbed",
  "sst",
  "sparse-map",
];

/** Time, and what it buys when gradients are averaged. */
export function cost(comparison: Comparison): Section {
  const { structures, methods } = comparison;
  const loss = comparison.losses[0]!;
  const chart = (structure: Comparison["structures"][number]): Figure => {
    const lines: Line[] = SHOWN.flatMap((name, color) => {
      const method = methods.find((m) => m.name === name);
      const settings = method ? comparison.at(structure, loss, method) : [];
      if (method === undefined || settings.length === 0) return [];
      const points = AVERAGED.flatMap((count, i) => {
        const usable = settings.filter((at) => Number.isFinite(at.errorOfMeans[i]));
        if (usable.length === 0) return [];
        const best = usable.reduce((a, b) => (b.errorOfMeans[i]! < a.errorOfMeans[i]! ? b : a));
        return [{ x: best.seconds * count, y: best.errorOfMeans[i]! }];
      });
      return [{ name: method.label.replace("SoG, ", ""), points, color }];
    });
    return {
      name: `cost-${structure.name}`,
      alt: `Error against time on ${structure.label}, for means of ${AVERAGED.join(", ")} gradients.`,
      spec: lineChart({
        title: capitalised(structure.label),
        lines,
        x: { title: "time", log: true, unit: "s" },
        y: { title: "error of the mean", log: true, domain: [0.01, 1.1] },
        width: 368,
        height: 220,
        marks: true,
        legendColumns: 2,
      }),
    };
  };
  return {
    title: "What does accuracy cost?",
    conclusion:
      "Each line: the mean of 1, 4, 16 and 64 gradients. Where a line is flat, averaging only wastes time, since what is left is bias. A score function catches up with all others if enough of them are averaged.",
    figures: structures.map(chart),
    tables: [
      {
        caption: `Microseconds for one gradient, forward and backward, in a large batch on one core (${loss.label}, the dial with the least error).`,
        columns: [
          { title: "estimator" },
          ...structures.map(({ short }) => ({ title: short, align: "right" as const })),
        ],
        rows: methods.map((method) => [
          method.label,
          ...structures.map((structure) => {
            const best = comparison.best(structure, loss, method);
            return best === undefined ? "" : formatNumber(best.seconds * 1e6, 2);
          }),
        ]),
      },
    ],
    notes: [
      "The shortest time over the instances, on a machine that others may use: take the ratios. It includes the loss itself, which is most of the identity's.",
    ],
  };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
