export type * from "./contracts.ts";
export { rng } from "./core/rng.ts";
export { completeDigraph, completeGraph, type Graph } from "./structures/graph.ts";
export { type KSubset, type KSubsetContext, kSubset } from "./structures/k-subset.ts";
