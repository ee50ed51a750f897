import { rng } from "hardgrad";
import type { Dial } from "../shared/dials.ts";
import { digit } from "./digits.ts";

export const dials: readonly Dial[] = [
  {
    kind: "choice",
    key: "task",
    word: "explain",
    options: [
      { name: "digits", label: "a drawing: a 3 or an 8?" },
      { name: "sentences", label: "a sentence: praise or blame?" },
    ],
    initial: "digits",
  },
  {
    kind: "stops",
    key: "patches",
    symbol: "k",
    word: "patches",
    hint: "how many of 16 may be seen",
    stops: [1, 2, 3, 4, 5, 6, 8],
    initial: 4,
  },
  {
    kind: "stops",
    key: "words",
    symbol: "k",
    word: "words",
    hint: "how many of ten may be seen",
    stops: [1, 2, 3, 4, 5],
    initial: 2,
  },
  {
    kind: "choice",
    key: "estimator",
    word: "estimator",
    options: [
      { name: "simple", label: "SIMPLE" },
      { name: "imle", label: "I-MLE" },
      { name: "sst", label: "stochastic softmax" },
    ],
    initial: "simple",
  },
  {
    kind: "stops",
    key: "tau",
    symbol: "τ",
    word: "temperature",
    hint: "more tries other parts, less stays with the best",
    stops: [0.1, 0.3, 1, 3],
    initial: 1,
  },
  {
    kind: "stops",
    key: "rate",
    symbol: "η",
    word: "learning rate",
    hint: "length of a step of training",
    stops: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    initial: 0.1,
  },
  {
    kind: "stops",
    key: "seed",
    word: "seed",
    stops: Array.from({ length: 20 }, (_, i) => i),
    initial: 0,
  },
  {
    kind: "painted",
    key: "drawing",
    word: "drawing",
    most: 9,
    initial: Array.from(digit(false, rng(5)), (ink) => Math.round(9 * ink)),
  },
  {
    kind: "typed",
    key: "sentence",
    word: "sentence",
    most: 120,
    initial: "I saw a film last week and it was brilliant",
  },
];
