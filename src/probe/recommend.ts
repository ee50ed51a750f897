import type { Facts } from "./facts.ts";
import { IMPRECISE } from "./reference.ts";
import type { ProbeEntry, ProbeRecommendation, ProbeResult } from "./result.ts";

/** Errors within this multiple of the least are as good as it. */
export const EQUAL = 1.03;

/** One estimator, with its reason; `preference` has each with its best dial, the one to take among equals first. */
export function recommend(
  preference: readonly ProbeEntry[],
  reference: ProbeResult["reference"],
  { linear }: Facts,
): ProbeRecommendation {
  const estimators = byError(preference);
  const least = estimators[0];
  if (least === undefined) {
    const text =
      reference.standardError === 0 && reference.length === 0
        ? "There is nothing to learn here: the true gradient is zero."
        : "Nothing could be measured in this time: give it more seconds or fewer rows.";
    return { decided: false, text, code: "", hardCode: "" };
  }
  // What never gives a gradient is no answer, however close 1 is to the others' error.
  const alive = preference.filter(({ zeroShare }) => zeroShare < 1);
  const chosen = preferred(alive) ?? least;
  const hard = preferred(alive.filter(({ states }) => states === "hard"));
  const others = estimators.filter((entry) => entry !== chosen);
  const equals = others.filter((entry) => asGood(chosen, entry));
  const rivals = others.filter((entry) => !equals.includes(entry) && !toldApart(chosen, entry));
  const decided = rivals.length === 0 && reference.standardError < IMPRECISE;
  const next = others.find((entry) => !equals.includes(entry));
  const reason =
    linear && chosen.name === "simple"
      ? "the loss is linear in z, so that its gradient is exact"
      : `one gradient is ${digits(chosen.error)} off (1 − cos to the true one)${
          next && decided ? `, the next, ${next.label}, ${digits(next.error)}` : ""
        }`;
  const parts: string[] = [];
  if (reference.standardError < IMPRECISE) parts.push(`Take ${chosen.code}: ${reason}.`);
  else {
    const known =
      reference.standardError < 1
        ? `the true gradient is known to ${Math.round(100 * reference.standardError)} % only`
        : "the samples' noise hides the true gradient";
    parts.push(`The evidence does not decide: ${known}.`, `Nearest to what is known: ${chosen.code}.`);
  }
  if (rivals.length > 0) {
    const names = rivals.slice(0, 3).map(({ label }) => label);
    parts.push(
      `This time does not tell it from ${names.join(", ")}${rivals.length > 3 ? " and others" : ""}.`,
    );
  }
  if (equals.length > 0) parts.push(`As good: ${equals.map(({ label }) => label).join(", ")}.`);
  if (hard && chosen.states === "soft") {
    parts.push(
      `Its states are soft in training; of those with hard ones take ${hard.code} (${digits(hard.error)}).`,
    );
  }
  const cheap = estimators.reduce((a, b) => (b.errorAtEqualTime < a.errorAtEqualTime ? b : a), chosen);
  if (cheap.errorAtEqualTime < 0.8 * chosen.errorAtEqualTime) {
    parts.push(
      `In the same time the mean of several of ${cheap.label} comes nearer: ${digits(cheap.errorAtEqualTime)} against ${digits(chosen.errorAtEqualTime)}.`,
    );
  }
  return { decided, text: parts.join(" "), code: chosen.code, hardCode: hard?.code ?? "" };
}

/** Least error first. */
export function byError(entries: readonly ProbeEntry[]): ProbeEntry[] {
  return [...entries].sort((a, b) => a.error - b.error);
}

/** The first of those as good as the least; undefined where there are none. */
function preferred(estimators: readonly ProbeEntry[]): ProbeEntry | undefined {
  const least = estimators.reduce((error, entry) => Math.min(error, entry.error), Infinity);
  return estimators.find(({ error }) => error <= EQUAL * least + EXACT);
}

/** Known to be within a tenth of each other. */
function asGood(a: ProbeEntry, b: ProbeEntry): boolean {
  const apart = Math.abs(a.error - b.error) + 2 * Math.hypot(a.errorDeviation, b.errorDeviation);
  return apart <= 0.1 * a.error + EXACT;
}

function toldApart(a: ProbeEntry, b: ProbeEntry): boolean {
  return b.error - a.error > 2 * Math.hypot(a.errorDeviation, b.errorDeviation);
}

/** Errors below this are rounding. */
const EXACT = 1e-9;

export function digits(x: number): string {
  if (!Number.isFinite(x)) return "?";
  return Math.abs(x) < EXACT ? "0" : x < 0.01 ? String(Number(x.toPrecision(1))) : x.toFixed(2);
}
