import type { FinishedRun } from "../../lab/experiment.ts";
import { lineChart } from "../../lab/report/charts/line-chart.ts";
import { formatNumber, formatPlaces } from "../../lab/report/format.ts";
import type { Figure, Report, Section } from "../../lab/report/report.ts";
import { nameAndNumbers } from "../../lab/report/report.ts";
import { linesOfMethod, meansAndRanges, timeShares } from "../../lab/report/training.ts";
import { ASPECTS, chosenK, FLOORS, type L2xConfig } from "./config.ts";
import { LABELS } from "./labels.ts";
import { metricsOf } from "./metrics.ts";
import { picturesSection } from "./pictures-section.ts";
import { publishedFor } from "./published.ts";
import { textsSection } from "./texts-section.ts";
import type { EpochMetric } from "./train.ts";

type Finished = FinishedRun<L2xConfig>;

export function report(run: Finished): Report {
  const reviews = run.config.task === "digits" ? picturesSection(run) : textsSection(run);
  return { lead: lead(run), sections: [table(run), ...(reviews ? [reviews] : []), curves(run), times(run)] };
}

function lead({ summary, config }: Finished): string {
  const judged = hasMarks(summary) ? "precision" : "accuracy";
  const learned = summary.results
    .filter(({ metric, method }) => metric === judged && !isFloor(method))
    .toSorted((a, b) => b.mean - a.mean)[0];
  if (learned === undefined) return "Nothing was learned: only floors were run.";
  const floor = summary.results.find((r) => r.metric === judged && r.method === "random");
  if (judged === "accuracy") {
    const beside = floor ? ` From ${chosenK(config)} taken at random it is ${percent(floor.mean)}.` : "";
    return `From the ${chosenK(config)} that **${LABELS[learned.method]}** chooses, ${percent(learned.mean)} of the answers are right.${beside}`;
  }
  const beside = floor ? ` Of words taken at random ${percent(floor.mean)} are.` : "";
  return `Of ${chosenK(config)} words that **${LABELS[learned.method]}** chooses to explain a rating of ${ASPECTS[config.aspect]}, ${percent(learned.mean)} are among those that tell it; nobody showed it which.${beside}`;
}

function table({ summary, config }: Finished): Section {
  const reviews = config.task === "reviews";
  const source = publishedFor(config);
  const metrics = metricsOf(config, hasMarks(summary));
  const rows = config.methods.map((method) => {
    const ours = metrics.map(({ metric, places, scale }) => {
      const found = summary.results.find((r) => r.method === method && r.metric === metric)!;
      const spread = found.runs > 1 ? ` ± ${(scale * found.std).toFixed(places)}` : "";
      return `${(scale * found.mean).toFixed(places)}${spread}`;
    });
    const theirs = (reviews ? metrics.slice(0, 2) : []).map(({ metric, scale }) => {
      const found = summary.published.find(
        (p) => p.method === method && p.metric === metric && p.source === source,
      );
      return found ? String(Number((scale * found.value).toFixed(2))) : "–";
    });
    return [LABELS[method]!, ...ours, ...theirs];
  });
  return {
    title: "What is explained, and by which words",
    ...(reviews ? { source } : {}),
    tables: [
      {
        caption: reviews
          ? `${ASPECTS[config.aspect]}, k = ${chosenK(config)}, network "${config.network}"; on the right as published, for BeerAdvocate`
          : `k = ${chosenK(config)}`,
        columns: nameAndNumbers([
          "method",
          ...metrics.map(({ title }) => title),
          ...(reviews ? ["published MSE × 100", "published precision, %"] : []),
        ]),
        rows,
      },
    ],
    notes: [
      "On the test half of the held-out examples, precision and runs on annotated ones; all with the k likeliest, no noise, and the epoch that was best on the validation half.",
      "The last three rows learn no choice, only to predict from it: k at random, the k that correlate most with the answer one by one, and all.",
    ],
  };
}

function curves(run: Finished): Section {
  return {
    title: "On the way",
    conclusion: "After each epoch, on the validation half and on annotated reviews.",
    figures: [
      figure(run, "validationLoss", "mean squared error"),
      ...(hasMarks(run.summary) ? [figure(run, "precision", "precision")] : []),
      ...(run.config.task === "digits" ? [] : [figure(run, "runLength", "words in a row")]),
    ],
    notes: run.config.runs > 1 ? [`Means of ${run.config.runs} runs, and their range.`] : [],
  };
}

function figure(run: Finished, key: "validationLoss" | "precision" | "runLength", title: string): Figure {
  const methods = run.config.methods.filter((method) => !(key === "runLength" && method === "all"));
  const lines = methods.map((method, i) => ({
    name: LABELS[method]!,
    dashed: isFloor(method) || i > 6,
    points: meansAndRanges(
      linesOf(run, method),
      (line) => line.epoch,
      (line) => line[key],
    ),
  }));
  return {
    name: key,
    alt: `Each method's ${title} against epochs.`,
    spec: lineChart({
      lines,
      ...{ x: { title: "epochs" }, y: { title } },
      ...{ width: 380, height: 260, legendColumns: 3, marks: run.config.epochs === 1 },
    }),
  };
}

function times(run: Finished): Section {
  const rows = run.config.methods.map((method) => {
    const own = linesOf(run, method);
    const updates = own.reduce((sum, { steps }) => sum + steps, 0);
    const { all, shares } = timeShares(own.map(({ seconds }) => seconds));
    const zero = own.reduce((sum, { zeroGradients }) => sum + zeroGradients, 0) / own.length;
    return [
      LABELS[method]!,
      formatNumber((1000 * all) / updates),
      ...shares.map(percent),
      isFloor(method) ? "–" : percent(zero),
    ];
  });
  return {
    title: "Where the time goes",
    tables: [
      {
        caption: "Milliseconds of an update, without tests",
        columns: nameAndNumbers([
          "method",
          "milliseconds",
          "discrete layer",
          "engine",
          "data",
          "zero gradients",
        ]),
        rows,
      },
    ],
    notes: [
      "Zero gradients: the share of texts, over all epochs, whose estimated gradient was zero in every entry.",
    ],
  };
}

const linesOf = linesOfMethod<EpochMetric>;

function hasMarks({ results }: Pick<Finished["summary"], "results">): boolean {
  return results.some(({ metric }) => metric === "precision");
}

function isFloor(method: string): boolean {
  return (FLOORS as readonly string[]).includes(method);
}

function percent(share: number): string {
  return `${formatPlaces(100 * share, 1)} %`;
}
