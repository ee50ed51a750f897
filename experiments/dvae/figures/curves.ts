import { type Line, lineChart } from "../../../lab/report/charts/line-chart.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import type { MethodName } from "../config.ts";
import { after, type Finished, methodsOf, NAMES, split } from "./lines.ts";

/** Test loss against epochs, with one scale for subsets and for single categories. */
export function curves(run: Finished): Section {
  const { config } = run;
  const [many, one] = split(run);
  const losses = methodsOf(run).flatMap((name) => curve(run, name).points.map(({ y }) => y));
  const [lowest, highest] = [Math.min(...losses), Math.max(...losses)];
  const room = 0.04 * (highest - lowest) || 1;
  const figure = (name: string, title: string, methods: readonly MethodName[], color: number): Figure => ({
    name,
    alt: `Test loss against epochs: ${methods.map((method) => NAMES[method]).join(", ")}`,
    spec: lineChart({
      title,
      lines: methods.map((method, i) => ({ ...curve(run, method), color: color + i })),
      x: { title: "epochs", domain: [Math.min(1, config.epochs - 1), config.epochs] },
      y: { title: "test loss (nats)", domain: [lowest - room, highest + room] },
      width: 430,
      height: 300,
      legendColumns: 3,
      marks: config.epochs <= 12,
    }),
  });
  const kl =
    config.kl === "softmax"
      ? "that of each variable's softmax, as in I-MLE's code: for subsets it is not the KL of what is sampled, and the loss bounds nothing"
      : "the exact one of the law of the subsets";
  return {
    title: "How the losses fall",
    source: "I-MLE, Figure 4; SIMPLE, Figure 4",
    conclusion: `Cross-entropy plus KL on the test images, with hard states, after each epoch. The KL is ${kl}.`,
    figures: [
      ...(many.length > 0 ? [figure("subset", `${config.k}-subsets`, many, 0)] : []),
      ...(one.length > 0 ? [figure("one", `One of ${config.categories}`, one, 4)] : []),
    ],
  };
}

function curve(run: Finished, name: MethodName): Line {
  const points = Array.from({ length: run.config.epochs }, (_, i) => {
    const { mean, std, runs } = after(run, name, i + 1, "testLoss");
    return { x: i + 1, y: mean, ...(runs > 1 ? { low: mean - std, high: mean + std } : {}) };
  });
  return { name: NAMES[name], points };
}
