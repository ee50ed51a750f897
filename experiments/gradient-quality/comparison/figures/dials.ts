import { type Line, lineChart } from "../../../../lab/report/charts/line-chart.ts";
import { formatNumber } from "../../../../lab/report/format.ts";
import type { Figure, Section } from "../../../../lab/report/report.ts";
import type { Comparison, Measured } from "../measured.ts";
import type { ComparedMethod } from "../methods.ts";

/** λ and the temperature, swept. */
export function dials(comparison: Comparison): Section[] {
  return [lambda(comparison), temperature(comparison)];
}

type Quantity = "bias" | "variance" | "error" | "zeroShare";
const TITLES: Readonly<Record<Quantity, string>> = {
  bias: "bias",
  variance: "variance",
  error: "error",
  zeroShare: "share of all-zero gradients",
};

function lambda(comparison: Comparison): Section {
  const methods = named(comparison, ["imle", "imle-gumbel", "imle-central", "black-box"]);
  const structure = exampleOf(comparison);
  const loss = comparison.losses[0]!;
  const imle = methods[0]!;
  const all = comparison.at(structure, loss, imle);
  const [small, large] = [all[0]!, all.at(-1)!];
  const best = comparison.best(structure, loss, imle)!;
  return {
    title: "How large must λ be?",
    conclusion: `Too small, and the solver's answer does not change: at λ = ${small.dial}, ${percent(small.zeroShare)} of I-MLE's gradients on ${structure.label} are zero. Too large, and the difference no longer is one of this place: at λ = ${large.dial} the bias is ${formatNumber(large.bias, 2)}. Best here: λ = ${best.dial}, with ${percent(best.zeroShare)} zeros and an error of ${formatNumber(best.error, 2)}. The central difference costs one more solve and helps far more than any λ: it does not carry the scatter of the sample itself.`,
    figures: [
      ...(["error", "bias", "zeroShare"] as const).map((quantity) =>
        byMethod(comparison, methods, quantity, "lambda", "λ"),
      ),
      byStructure(comparison, imle, "lambda", "λ"),
      ...sharp(comparison, imle, "lambda", "λ"),
    ],
    notes: [
      `${structure.label} where not said otherwise, ${loss.label}. λ multiplies ∇L, whose entries are of size 1 here: what counts is λ‖∇L‖ against the differences of θ.`,
    ],
  };
}

function temperature(comparison: Comparison): Section {
  const methods = named(comparison, [
    "sst",
    "sparse-map",
    "euclidean",
    "binary-entropy",
    "categorical-entropy",
    "relaxed-subset",
    "learn-to-explain",
  ]);
  const structure = exampleOf(comparison);
  const loss = comparison.losses[0]!;
  const sst = methods[0]!;
  const all = comparison.at(structure, loss, sst);
  const [cold, best] = [all[0]!, comparison.best(structure, loss, sst)!];
  return {
    title: "How warm must a relaxation be?",
    conclusion: `Cold relaxations are nearly hard: their gradients are unbiased for a nearly hard loss, but scatter. On ${structure.label} the exponential family's error falls from ${formatNumber(cold.error, 2)} at t = ${cold.dial} to ${formatNumber(best.error, 2)} at t = ${best.dial}. Warm ones scatter little and belong to another loss: that of states near the middle of the polytope.`,
    figures: [
      ...(["error", "bias", "variance"] as const).map((quantity) =>
        byMethod(
          comparison,
          methods.filter(({ only }) => only?.includes(structure.family.name) ?? true),
          quantity,
          "temperature",
          "t",
        ),
      ),
      byStructure(comparison, sst, "temperature", "t"),
      ...sharp(comparison, sst, "temperature", "t"),
    ],
    notes: [`${structure.label} where not said otherwise, ${loss.label}. Gumbel noise throughout.`],
  };
}

function byMethod(
  comparison: Comparison,
  methods: readonly ComparedMethod[],
  quantity: Quantity,
  name: string,
  symbol: string,
): Figure {
  const structure = exampleOf(comparison);
  const loss = comparison.losses[0]!;
  const lines = methods.map((method) =>
    line(method.label.replace(/, top-k$/, ""), comparison.at(structure, loss, method), quantity),
  );
  return chart(
    `${name}-${quantity}`,
    lines,
    quantity,
    symbol,
    `${capitalised(TITLES[quantity])}, ${structure.label}`,
  );
}

/** The error of one estimator on every structure. */
function byStructure(comparison: Comparison, method: ComparedMethod, name: string, symbol: string): Figure {
  return onStructures(comparison, comparison.losses[0]!, method, `${name}-structures`, symbol, "flat law");
}

function sharp(comparison: Comparison, method: ComparedMethod, name: string, symbol: string): Figure[] {
  const loss = comparison.losses.find((l) => l.name === "sharp");
  if (loss === undefined || loss === comparison.losses[0]) return [];
  return [onStructures(comparison, loss, method, `${name}-sharp`, symbol, "sharp law")];
}

function onStructures(
  comparison: Comparison,
  loss: Comparison["losses"][number],
  method: ComparedMethod,
  name: string,
  symbol: string,
  law: string,
): Figure {
  const lines = comparison.structures.map((structure) =>
    line(structure.label.replace(/, .*/, ""), comparison.at(structure, loss, method), "error"),
  );
  return chart(name, lines, "error", symbol, `${capitalised(method.label)}: error, ${law}`);
}

function line(name: string, measured: readonly Measured[], quantity: Quantity): Line {
  return { name, points: measured.map((at) => ({ x: at.dial, y: at[quantity] })) };
}

function chart(
  name: string,
  lines: readonly Line[],
  quantity: Quantity,
  symbol: string,
  title: string,
): Figure {
  return {
    name,
    alt: `${title}, against ${symbol}.`,
    spec: lineChart({
      title,
      lines,
      x: { title: symbol, log: true },
      y: { title: TITLES[quantity], ...(quantity === "variance" ? {} : { domain: [0, 1.1] as const }) },
      width: 380,
      height: 220,
      marks: true,
      legendColumns: 2,
    }),
  };
}

/** The structure that most estimators apply to. */
function exampleOf({ structures }: Comparison): Comparison["structures"][number] {
  return structures.find(({ name }) => name === "k-subset") ?? structures[0]!;
}

function named({ methods }: Comparison, names: readonly string[]): ComparedMethod[] {
  return methods.filter(({ name }) => names.includes(name));
}

function percent(share: number): string {
  return `${formatNumber(100 * share, 2)} %`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
