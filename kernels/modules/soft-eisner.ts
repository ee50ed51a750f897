/** Eisner's algorithm with soft choices. */
export { softEisnerDown, softEisnerUp } from "../soft-eisner";
