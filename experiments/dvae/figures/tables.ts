import { formatNumber, formatPlaces, formatSpread } from "../../../lab/report/format.ts";
import type { Column, Section } from "../../../lab/report/report.ts";
import type { Result } from "../../../lab/run/summary.ts";
import type { EpochMetric } from "../train.ts";
import { after, type Finished, final, linesOf, methodsOf, NAMES, percent } from "./lines.ts";

/** Cross-entropy, KL and bound after the last epoch. */
export function parts(run: Finished): Section {
  const last = run.config.epochs;
  const number = ({ mean, std, runs }: Result): string =>
    runs > 1 ? formatSpread(mean, std) : formatPlaces(mean, 1);
  return {
    title: "What the losses are made of",
    conclusion:
      "The bound is measured alike for all: faithful samples of the law and its exact KL, which bound −log p(x) from above. Test losses use the states that each method draws, and compare where those are drawn alike.",
    tables: [
      {
        columns: [
          { title: "method" },
          ...["test loss", "cross-entropy", "KL", "bound", "zero gradients"].map(right),
        ],
        rows: methodsOf(run).map((name) => [
          NAMES[name],
          number(final(run, name, "test-loss")),
          number(after(run, name, last, "crossEntropy")),
          number(after(run, name, last, "kl")),
          number(final(run, name, "bound")),
          percent(after(run, name, last, "zeroGradients").mean),
        ]),
      },
    ],
    notes: [
      "Zero gradients: the share of variables whose estimated gradient was zero in every entry, over the last epoch.",
      "Perturb-and-MAP draws fewer different states than the law of the same θ has. Its cross-entropy is lower than with faithful samples, the KL is not that of what was drawn, and their sum bounds nothing.",
    ],
  };
}

/** Test losses in a table. */
export function epochs(run: Finished): Section {
  const { config } = run;
  const shown = Array.from({ length: config.epochs }, (_, i) => i + 1).filter((epoch) =>
    isShown(epoch, config.epochs),
  );
  return {
    title: "Test loss after each epoch",
    tables: [
      {
        columns: ["epoch", ...methodsOf(run)].map(right),
        rows: shown.map((epoch) => [
          String(epoch),
          ...methodsOf(run).map((name) => formatPlaces(after(run, name, epoch, "testLoss").mean, 1)),
        ]),
      },
    ],
  };
}

/** Shares of the layer, the engine and the data. */
export function times(run: Finished): Section {
  return {
    title: "Where the time goes",
    conclusion:
      "Of training, in the median epoch; the first, in which the engine compiles, is left out where there are others.",
    tables: [
      {
        columns: [{ title: "method" }, ...["layer and KL", "engine", "data", "seconds an epoch"].map(right)],
        rows: methodsOf(run).map((name) => {
          const { layer, engine, data } = medianSeconds(linesOf(run, name, 0));
          const total = layer + engine + data;
          const shares = [layer, engine, data].map((part) => percent(part / total));
          return [NAMES[name], ...shares, formatNumber(total)];
        }),
      },
    ],
  };
}

function medianSeconds(lines: readonly EpochMetric[]): EpochMetric["seconds"] {
  const total = ({ seconds }: EpochMetric): number => seconds.layer + seconds.engine + seconds.data;
  const later = lines.slice(lines.length > 1 ? 1 : 0).sort((a, b) => total(a) - total(b));
  return later[Math.floor((later.length - 1) / 2)]!.seconds;
}

/** All epochs of a short training, about a dozen of a long one. */
function isShown(epoch: number, last: number): boolean {
  return last <= 15 || epoch <= 3 || epoch === last || epoch % Math.ceil(last / 10) === 0;
}

function right(title: string): Column {
  return { title, align: "right" };
}
