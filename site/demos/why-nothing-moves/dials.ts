import type { Dial } from "../shared/dials.ts";
import type { WhyState } from "./balances.ts";

export const dials: readonly Dial[] = [
  {
    kind: "stops",
    key: "lambda",
    symbol: "λ",
    word: "target step",
    hint: "how far θ is moved against the gradient; β where it adapts",
    stops: [0.0001, 0.001, 0.01, 0.1, 1, 10, 100],
    initial: 0.0001,
  },
  {
    kind: "stops",
    key: "tau",
    symbol: "τ",
    word: "temperature",
    hint: "scale of the noise, measured against the differences of θ",
    stops: [0, 0.1, 0.3, 1, 3, 10, 30],
    initial: 1,
  },
  {
    kind: "choice",
    key: "over",
    symbol: "L",
    word: "loss",
    options: [
      { name: "sum", label: "summed over the balances" },
      { name: "mean", label: "averaged over the balances" },
    ],
    initial: "sum",
  },
  {
    kind: "choice",
    key: "target",
    symbol: "θ′",
    word: "target",
    options: [
      { name: "fixed", label: "perturbation: λ as it stands" },
      { name: "adaptive", label: "adaptive: step of β‖θ‖" },
    ],
    initial: "fixed",
  },
  {
    kind: "stops",
    key: "rate",
    symbol: "η",
    word: "learning rate",
    hint: "length of a step of training",
    stops: [0.001, 0.01, 0.1, 0.3, 1],
    initial: 0.3,
  },
  {
    kind: "stops",
    key: "seed",
    word: "seed",
    stops: Array.from({ length: 20 }, (_, i) => i),
    initial: 0,
  },
];

const sound = { lambda: 0.1, tau: 1, over: "sum", target: "fixed", rate: 0.3 };

/** Four ways to be stuck, and one more without a word to be said against λ. */
export const traps: readonly { readonly label: string; readonly set: Partial<WhyState> }[] = [
  { label: "λ too small", set: { ...sound, lambda: 0.0001 } },
  { label: "λ too large", set: { ...sound, lambda: 100 } },
  { label: "averaged loss", set: { ...sound, over: "mean" } },
  { label: "too much noise", set: { ...sound, tau: 30 } },
  { label: "no noise", set: { ...sound, tau: 0 } },
  { label: "tiny learning rate", set: { ...sound, rate: 0.001 } },
];
