/** What the diagnostics say, in the order of the guide. */
import { type Balances, BEGINNING, CHOSEN, mean, ROWS, SIZE, type WhyState, WINDOW } from "./balances.ts";

export interface Verdict {
  readonly kind: "wait" | "stuck" | "moves" | "learns";
  readonly title: string;
  readonly text: string;
  /** What to turn, and what it then stands at. */
  readonly advice?: { readonly label: string; readonly set: Partial<WhyState> };
}

/** Entries in which two unrelated choices differ. */
export const UNRELATED = (2 * CHOSEN * (SIZE - CHOSEN)) / SIZE;
/** Below this share of the loss at the beginning it counts as learnt. */
export const LEARNT = 0.2;
/** Below this one it is on its way. */
const MOVES = 0.6;

/** A step of a dial that suits these balances. */
const SUITS = { lambda: 0.1, tau: 1, rate: 0.3 } as const;

export function verdict(state: WhyState, steps: readonly Balances[]): Verdict {
  if (steps.length < WINDOW)
    return { kind: "wait", title: "It begins", text: "The first steps are being taken." };
  const last = steps.slice(-WINDOW);
  const ratio = mean(last, "loss") / mean(steps.slice(0, BEGINNING), "loss");
  const zeros = mean(last, "zeroGradientShare");
  const distance = mean(last, "meanHammingDistance");
  const noise = mean(last, "noiseChanges");
  const percent = `${Math.round(100 * zeros)} %`;

  if (ratio < LEARNT) {
    return {
      kind: "learns",
      title: "It learns",
      text: `The loss is ${Math.round(100 * ratio)} % of what it was. Now ${percent} of the gradients are zero because those balances are level: that is as it should be.`,
    };
  }
  if (ratio < MOVES) {
    return {
      kind: "moves",
      title: "It moves",
      text: `The loss is ${Math.round(100 * ratio)} % of what it was. ${percent} of the gradients are zero, and ${distance.toFixed(1)} entries change with θ − λ∇L.`,
      ...(zeros > 0.9 && state.lambda < SUITS.lambda ? { advice: larger(state) } : {}),
    };
  }
  if (noise > 0.9 * UNRELATED) {
    return {
      kind: "stuck",
      title: "Stuck: the noise is too strong",
      text: `Two draws at the same θ differ in ${noise.toFixed(1)} of ${2 * CHOSEN} entries, as much as unrelated choices do: what is chosen does not depend on θ. The scale τ is measured against the differences of θ.`,
      advice: { label: `set τ = ${SUITS.tau}`, set: { tau: SUITS.tau } },
    };
  }
  if (zeros > 0.9 && state.over === "mean" && state.target === "fixed") {
    return {
      kind: "stuck",
      title: "Stuck: averaging made λ small",
      text: `${percent} of the gradients are zero. λ multiplies ∇L, and the mean over ${ROWS} balances made each ∇L ${ROWS} times smaller, so that the step is λ/${ROWS} = ${Number((state.lambda / ROWS).toPrecision(1))}.`,
      advice: { label: "sum the losses", set: { over: "sum" } },
    };
  }
  if (zeros > 0.9) {
    return {
      kind: "stuck",
      title: `Stuck: ${symbol(state)} is too small`,
      text: `${percent} of the gradients are zero: at θ − λ∇L the answer is the same as at θ, and their difference is all that I-MLE sees.${zeros === 1 ? " No learning rate makes up for that." : ""}`,
      advice: larger(state),
    };
  }
  if (noise < 0.1) {
    return {
      kind: "stuck",
      title: "Stuck: there is no noise",
      text: "Without noise one θ has one answer. It jumps from one choice to another and back, and never sees what lies between.",
      advice: { label: `set τ = ${SUITS.tau}`, set: { tau: SUITS.tau } },
    };
  }
  if (distance > 0.4 * UNRELATED) {
    return {
      kind: "stuck",
      title: `Stuck: ${symbol(state)} is too large`,
      text: `Hardly a gradient is zero (${percent}) and nothing looks wrong, but the answer at θ − λ∇L differs in ${distance.toFixed(1)} entries, near the ${UNRELATED.toFixed(1)} of unrelated choices: it has forgotten θ.`,
      advice: { label: `set ${symbol(state)} = ${SUITS.lambda}`, set: { lambda: SUITS.lambda } },
    };
  }
  if (state.rate < SUITS.rate) {
    return {
      kind: "stuck",
      title: "Stuck: the learning rate is too small",
      text: `${percent} of the gradients are zero and ${distance.toFixed(1)} entries change: that is fine. The steps are too short.`,
      advice: { label: `set η = ${SUITS.rate}`, set: { rate: SUITS.rate } },
    };
  }
  return {
    kind: "wait",
    title: "Hard to say yet",
    text: `${percent} of the gradients are zero, and ${distance.toFixed(1)} entries change with θ − λ∇L: neither is far off.`,
  };
}

const symbol = ({ target }: WhyState): string => (target === "adaptive" ? "β" : "λ");

function larger(state: WhyState): NonNullable<Verdict["advice"]> {
  const next = Number((10 * state.lambda).toPrecision(1));
  return { label: `raise ${symbol(state)} tenfold, to ${next}`, set: { lambda: next } };
}
