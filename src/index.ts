export type * from "./contracts.ts";
export { rng } from "./core/rng.ts";
export { completeDigraph, completeGraph, type Graph } from "./structures/graph.ts";
