/** Structures small enough to enumerate. A new one is a line in the list. */
import {
  arborescence,
  categorical,
  completeDigraph,
  completeGraph,
  type ExponentialFamily,
  kSubset,
  linearChain,
  matching,
  spanningTree,
} from "../../../src/index.ts";

export interface Compared {
  readonly name: string;
  readonly label: string;
  /** For the columns of figures. */
  readonly short: string;
  readonly family: ExponentialFamily;
  readonly states: number;
}

export const structures: readonly Compared[] = [
  { name: "category", short: "one", label: "1 of 10", family: categorical(10), states: 10 },
  { name: "k-subset", short: "k = 5", label: "5 of 10", family: kSubset(10, 5), states: 252 },
  {
    name: "spanning-tree",
    short: "tree",
    label: "spanning tree, 5 vertices",
    family: spanningTree(completeGraph(5)),
    states: 125,
  },
  {
    name: "arborescence",
    short: "arbor.",
    label: "arborescence, 5 vertices",
    family: arborescence(completeDigraph(5), 0),
    states: 125,
  },
  { name: "chain", short: "chain", label: "chain, 4 × 3 labels", family: linearChain(4, 3), states: 81 },
  { name: "matching", short: "match.", label: "matching, 5 × 5", family: matching(5), states: 120 },
];
