/** Sums over bits within a budget. */
export { bitMap, bitMeans, bitMoves, bitSums } from "../bit-budget";
