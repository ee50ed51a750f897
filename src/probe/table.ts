import { digits } from "./recommend.ts";
import type { ProbeEntry, ProbeResult } from "./result.ts";

const COLUMNS: readonly (readonly [title: string, cell: (entry: ProbeEntry) => string])[] = [
  ["estimator", ({ label }) => label],
  ["dial", ({ dial }) => (dial ? `${dial.symbol} = ${dial.value}` : "")],
  ["states", ({ states }) => states],
  ["error", ({ error, errorDeviation }) => `${digits(error)} ± ${digits(errorDeviation)}`],
  ["bias", ({ bias }) => digits(bias)],
  ["scatter", ({ scatter }) => (scatter < 1000 ? brief(scatter) : "—")],
  ["length", ({ lengthRatio }) => `${brief(lengthRatio)}×`],
  ["zero rows", ({ zeroShare }) => `${Math.round(100 * zeroShare)} %`],
  ["time", ({ seconds }) => time(seconds)],
  ["equal time", ({ errorAtEqualTime }) => digits(errorAtEqualTime)],
];

/** The result as a table of text, with what it is about above and what follows from it below. */
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
  const lines = cells.map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join("  ")
      .trimEnd(),
  );
  return [
    about(reference, rows),
    "",
    ...(estimators.length > 0 ? [...lines, ""] : []),
    ...diagnoses.map(({ text }) => `• ${text}`),
    ...untried.slice(0, 5).map(({ code, reason }) => `• Not measured: ${code}: ${reason}`),
    ...(untried.length > 5 ? [`• and ${untried.length - 5} more.`] : []),
    "",
    recommendation.text,
  ].join("\n");
}

function about({ kind, states, standardError }: ProbeResult["reference"], rows: number): string {
  const batch = rows === 1 ? "one row" : `${rows} rows`;
  if (kind === "enumeration")
    return `Single gradients of ${batch} against the exact one, over ${states} states.`;
  const how = kind === "samples" ? "samples" : "perturbed states";
  const known = Number.isFinite(standardError) ? `known to ${brief(100 * standardError)} %` : "not known";
  return `Single gradients of ${batch} against that of ${states} ${how} a row, ${known}.`;
}

function time(seconds: number): string {
  if (seconds < 1e-3) return `${brief(1e6 * seconds)} µs`;
  return seconds < 1 ? `${brief(1e3 * seconds)} ms` : `${brief(seconds)} s`;
}

/** Two digits, no exponent for what people say without one: 180, not 1.8e+2. */
function brief(x: number): string {
  return String(Number(x.toPrecision(2)));
}
