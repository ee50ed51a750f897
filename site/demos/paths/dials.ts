import { rng } from "hardgrad";
import { type Dial, unread } from "../shared/dials.ts";
import { methods } from "./methods.ts";
import { kinds, randomMap } from "./terrain.ts";

export const dials: readonly Dial[] = [
  {
    kind: "several",
    key: "methods",
    word: "methods",
    options: methods.map(({ name, label }) => ({ name, label })),
    initial: methods.map(({ name }) => name),
  },
  {
    kind: "stops",
    key: "shown",
    symbol: "N",
    word: "maps with paths",
    hint: "what there is to learn from",
    stops: [1, 2, 5, 10, 20, 50, 100, 200],
    initial: 100,
  },
  {
    kind: "stops",
    key: "lambda",
    idle: (state) => unread("lambda", methods, state),
    symbol: "λ",
    word: "target step",
    hint: "I-MLE and black box: how far costs are moved to see another path",
    stops: [0.1, 0.3, 1, 3, 10, 30, 100],
    initial: 1,
  },
  {
    kind: "stops",
    key: "tau",
    idle: (state) => unread("tau", methods, state),
    symbol: "τ",
    word: "temperature",
    hint: "scale of the noise on the costs; the black box has none",
    stops: [0.1, 0.3, 1, 3, 10],
    initial: 0.3,
  },
  {
    kind: "stops",
    key: "samples",
    idle: (state) => unread("samples", methods, state),
    symbol: "S",
    word: "samples",
    hint: "paths a gradient is averaged over",
    stops: [1, 2, 4, 8],
    initial: 1,
  },
  {
    kind: "stops",
    key: "rate",
    symbol: "η",
    word: "learning rate",
    hint: "at the beginning; it falls to 0",
    stops: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3],
    initial: 0.03,
  },
  {
    kind: "choice",
    key: "device",
    word: "runs on",
    options: [
      { name: "wasm", label: "WebAssembly" },
      { name: "webgpu", label: "WebGPU, where there is one" },
    ],
    initial: "wasm",
  },
  {
    kind: "stops",
    key: "seed",
    word: "seed",
    stops: Array.from({ length: 20 }, (_, i) => i),
    initial: 0,
  },
  { kind: "painted", key: "map", word: "map", most: kinds.length - 1, initial: randomMap(rng(3)) },
];
