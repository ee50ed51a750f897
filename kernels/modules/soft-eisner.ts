/** Eisner's algorithm with soft choices. */
export { softEisner } from "../soft-eisner";
