import type { Facts } from "./facts.ts";
import { digits } from "./recommend.ts";
import { IMPRECISE } from "./reference.ts";
import type { ProbeDiagnosis, ProbeEntry, ProbeResult } from "./result.ts";

/** Share of rows without a gradient from which λ is too small to move anything. */
const SILENT = 0.5;
/** How much farther from the truth the default λ must be to be worth a word. */
const WORSE = 1.15;
/** Distance of MAP(θ + ε) from MAP(θ), as a share of that of noise alone: above, θ is drowned; below, noise does nothing. */
const SWAMPED = 0.9;
const STILL = 0.02;
/** Correlation below which a loss's gradient says nothing about other states. */
const BLIND = 0.2;

/** What was seen beside the ranking, each with what to do about it. */
export function diagnose(
  entries: readonly ProbeEntry[],
  reference: ProbeResult["reference"],
  facts: Facts,
): ProbeDiagnosis[] {
  const found: ProbeDiagnosis[] = [];
  const say = (about: ProbeDiagnosis["about"], text: string): void => {
    found.push({ about, text });
  };
  if (reference.length === 0 && reference.standardError === 0) {
    say("zero gradient", "The true gradient is zero: all states that θ makes likely have the same loss.");
  } else if (!(reference.standardError < IMPRECISE)) {
    say(
      "imprecise reference",
      "Samples do not determine the true gradient in this time: do not trust the ranking; give it more seconds, or fewer rows.",
    );
  }
  const imle = entries.filter(({ name }) => name === "imle");
  // No gradient at all may be nearer to the truth than a bad one, and yet nothing moves.
  const best = imle
    .filter(({ zeroShare }) => zeroShare <= SILENT)
    .reduce<ProbeEntry | undefined>((a, b) => (a && a.error <= b.error ? a : b), undefined);
  const usual = imle.find(({ dial }) => dial?.value === 1);
  if (best?.dial && usual && usual !== best) {
    const instead = `λ = ${best.dial.value} gives ${digits(best.error)}`;
    const percent = Math.round(100 * usual.zeroShare);
    if (best.dial.value > 1 && usual.zeroShare > SILENT) {
      say(
        "lambda too small",
        `I-MLE's default λ = 1 is too small for this loss: ${percent} % of its rows have no gradient; ${instead}.`,
      );
    } else if (best.dial.value < 1 && usual.error > WORSE * best.error) {
      say(
        "lambda too large",
        `I-MLE's default λ = 1 is too large for this loss: one gradient is ${digits(usual.error)} off; ${instead}.`,
      );
    }
  }
  if (facts.swamped > SWAMPED) {
    say(
      "noise swamps theta",
      "Noise of temperature 1 swamps θ: perturbed states are nearly as far from MAP(θ) as those of noise alone. Scale θ up, or lower the temperature.",
    );
  } else if (facts.swamped < STILL) {
    say(
      "noise changes nothing",
      "Noise of temperature 1 changes next to nothing: θ is so large that nearly all states drawn are MAP(θ). Scale θ down, or raise the temperature.",
    );
  }
  if (facts.linear) {
    say(
      "linear loss",
      entries.some(({ name }) => name === "simple")
        ? "The loss is linear in z: the gradient of SIMPLE is exact, and hard states lose nothing."
        : "The loss is linear in z: hard states lose nothing. Where it says what each element costs, or which state is right, spoPlus and fenchelYoung need no layer.",
    );
  } else if (reference.length > 0 && facts.foresight < BLIND) {
    say(
      "short-sighted loss",
      `dL/dz says next to nothing about the loss of other states (correlation ${facts.foresight.toFixed(2)}): estimators that follow it go astray; scoreFunction needs the values alone.`,
    );
  }
  return found;
}
