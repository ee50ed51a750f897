/** Sums over the labellings of a line. */
export { chainJvp, chainMap, chainMarginals, chainSums } from "../label-chain";
