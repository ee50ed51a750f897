import type { Dial } from "../shared/dials.ts";

export const dials: readonly Dial[] = [
  {
    kind: "choice",
    key: "structure",
    word: "structure",
    options: [
      { name: "spanning-tree", label: "spanning tree" },
      { name: "arborescence", label: "arborescence from the star" },
      { name: "matching", label: "matching of two sides" },
      { name: "tour", label: "round tour" },
      { name: "k-subset", label: "the highest 4 of 8" },
    ],
    initial: "spanning-tree",
  },
  {
    kind: "stops",
    key: "temperature",
    symbol: "t",
    word: "temperature",
    hint: "0: the best structure alone; ∞: all alike",
    stops: [0, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, Infinity],
    initial: 0.5,
  },
  {
    kind: "stops",
    key: "seed",
    idle: ({ temperature }) => (temperature === 0 ? "at 0 every sample is the best structure" : ""),
    word: "seed of samples",
    stops: Array.from({ length: 20 }, (_, i) => i),
    initial: 0,
  },
  {
    kind: "painted",
    key: "points",
    word: "points",
    most: 100,
    initial: [18, 22, 33, 58, 52, 24, 60, 62, 86, 20, 78, 48, 40, 86, 84, 82],
  },
];
