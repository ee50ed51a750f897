/** Best trees, and sums over them. */
export { bestArborescences } from "../chu-liu-edmonds";
export { bestSpanningTrees } from "../prim";
export { placeTrees, treeSamples, treeSums } from "../tree-sums";
