import { digits } from "./recommend.ts";
import { IMPRECISE } from "./reference.ts";
import type { ProbeEntry, ProbeResult } from "./result.ts";

/** Characters of a line: what terminals have. Code alone may be longer. */
const WIDTH = 80;

const COLUMNS: readonly (readonly [title: string, cell: (entry: ProbeEntry) => string])[] = [
  ["estimator", ({ label, states }) => (states === "soft" ? `~ ${label}` : label)],
  ["dial", ({ dial }) => (dial ? `${dial.symbol} ${dial.value}` : "")],
  ["error", ({ error, errorDeviation }) => `${digits(error)} ± ${digits(errorDeviation)}`],
  ["bias", ({ bias }) => digits(bias)],
  ["length", ({ lengthRatio }) => `${brief(lengthRatio)}×`],
  ["zero", ({ zeroShare }) => `${Math.round(100 * zeroShare)} %`],
  ["time", ({ seconds }) => time(seconds)],
  ["equal", ({ errorAtEqualTime }) => digits(errorAtEqualTime)],
];

/** The result as text of 80 columns: what it is about, a table, what else was seen, what follows, and the code to write. */
export function table({
  estimators,
  recommendation,
  diagnoses,
  reference,
  rows,
  untried,
}: ProbeResult): string {
  const cells = [
    COLUMNS.map(([title]) => title),
    ...estimators.map((entry) => COLUMNS.map(([, cell]) => cell(entry))),
  ];
  const widths = COLUMNS.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)));
  const wide = widths.reduce((sum, width) => sum + width + 2, -2) > WIDTH;
  const lines = cells.map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join(wide ? " " : "  ")
      .trimEnd(),
  );
  const { code, hardCode } = recommendation;
  return [
    ...wrapped(about(reference, rows)),
    "",
    ...(estimators.length > 0 ? [...lines, ""] : []),
    ...(estimators.some(({ states }) => states === "soft") ? ["~ soft states in training", ""] : []),
    ...diagnoses.flatMap(({ text }) => wrapped(text, "• ")),
    ...(diagnoses.length > 0 ? [""] : []),
    ...unmeasured(untried),
    ...wrapped(recommendation.text),
    ...(code === "" ? [] : ["", `  ${code}`]),
    ...(hardCode === "" || hardCode === code ? [] : [`  ${hardCode}`]),
  ].join("\n");
}

/** What was not measured, by its reason: how many settings, and of what. */
function unmeasured(untried: ProbeResult["untried"]): string[] {
  const reasons = [...new Set(untried.map(({ reason }) => reason))];
  const lines = reasons.flatMap((reason) => {
    const codes = untried.filter((other) => other.reason === reason).map(({ code }) => code);
    const names = [...new Set(codes.map((code) => code.slice(0, code.indexOf("("))))];
    const settings = codes.length === 1 ? "one setting" : `${codes.length} settings`;
    return wrapped(`Not measured: ${settings} of ${names.join(", ")}: ${reason}.`, "• ");
  });
  return lines.length > 0 ? [...lines, ""] : [];
}

function about({ kind, states, standardError }: ProbeResult["reference"], rows: number): string {
  const batch = rows === 1 ? "one row" : `${rows} rows`;
  if (kind === "enumeration")
    return `Single gradients of ${batch} against the exact one, over ${states} states.`;
  const how = kind === "samples" ? "samples" : "perturbed states";
  const known =
    standardError < 1 ? `known to ${brief(100 * standardError)} %` : "which do not tell it from noise";
  const against = standardError < IMPRECISE ? "" : ": errors are against what is known of it";
  return `Single gradients of ${batch} against that of ${states} ${how} a row, ${known}${against}.`;
}

/** Lines of at most WIDTH characters, the first after a mark, the others as far in. */
function wrapped(text: string, mark = ""): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines.push(`${lines.pop()} ${word}`);
    else lines.push((last === undefined ? mark : " ".repeat(mark.length)) + word);
  }
  return lines;
}

function time(seconds: number): string {
  if (seconds < 1e-3) return `${brief(1e6 * seconds)} µs`;
  return seconds < 1 ? `${brief(1e3 * seconds)} ms` : `${brief(seconds)} s`;
}

/** Two digits, no exponent for what people say without one: 180, not 1.8e+2. */
function brief(x: number): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(2))) : "?";
}
