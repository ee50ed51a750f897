/** Sums over trees. */
export { treeSums } from "../tree-sums";
