import { type Dial, type State, unread } from "../shared/dials.ts";
import { methods } from "./methods.ts";

const idle =
  (key: string) =>
  (state: State): string => {
    const why = unread(key, methods, state);
    if (why || state.loss !== "linear") return why;
    const others = methods.map(({ name, reads, sameIfLinear = [] }) => ({
      name,
      reads: reads.filter((read) => !sameIfLinear.includes(read)),
    }));
    return unread(key, others, state) && "the slope of a linear loss is the same in every state";
  };

export const dials: readonly Dial[] = [
  {
    kind: "several",
    key: "methods",
    word: "estimators",
    options: methods.map(({ name, label }) => ({ name, label })),
    initial: ["imle", "simple", "ste", "sfe"],
  },
  {
    kind: "choice",
    key: "structure",
    word: "choose",
    options: [
      { name: "k-subset", label: "5 of 10 elements" },
      { name: "tree", label: "a tree over 5 points" },
      { name: "matching", label: "a 4 × 4 matching" },
      { name: "path", label: "a path through streets" },
    ],
    initial: "k-subset",
  },
  {
    kind: "choice",
    key: "loss",
    word: "loss",
    options: [
      { name: "given", label: "‖z − |b|‖², the paper's" },
      { name: "coupled", label: "⟨b, z⟩², elements depend on each other" },
      { name: "linear", label: "⟨b, z⟩, linear" },
    ],
    initial: "given",
  },
  {
    kind: "stops",
    key: "lambda",
    idle: idle("lambda"),
    symbol: "λ",
    word: "target step",
    hint: "I-MLE and black box: small gives zero gradients, large forgets θ",
    stops: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100],
    initial: 1,
  },
  {
    kind: "stops",
    key: "tau",
    idle: idle("tau"),
    symbol: "τ",
    word: "temperature",
    hint: "scale of the noise: more explores, less stays at the best state",
    stops: [0.1, 0.2, 0.5, 1, 2, 5, 10],
    initial: 1,
  },
  {
    kind: "stops",
    key: "samples",
    idle: idle("samples"),
    symbol: "S",
    word: "samples",
    hint: "states a gradient is averaged over",
    stops: [1, 2, 4, 8, 16],
    initial: 1,
  },
  {
    kind: "choice",
    key: "noise",
    idle: idle("noise"),
    symbol: "ε",
    word: "noise",
    options: [
      { name: "sog", label: "Sum-of-Gamma" },
      { name: "gumbel", label: "Gumbel" },
    ],
    initial: "sog",
  },
  {
    kind: "stops",
    key: "rate",
    symbol: "η",
    word: "learning rate ×",
    hint: "multiplies the rate that suits each estimator",
    stops: [0.1, 0.2, 0.5, 1, 2, 5, 10],
    initial: 1,
  },
  {
    kind: "stops",
    key: "seed",
    word: "seed",
    stops: Array.from({ length: 20 }, (_, i) => i),
    initial: 0,
  },
];
