/** Best trees, and sums over them. */
export { bestArborescences } from "../chu-liu-edmonds";
export { treeSums } from "../tree-sums";
