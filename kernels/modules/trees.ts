/** Sums over spanning trees. */
export { treeJvp, treeMarginals } from "../tree-sums";
