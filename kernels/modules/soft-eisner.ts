/** Eisner's algorithm with soft choices. */
export { softEisnerChart, softEisnerDown, softEisnerUp } from "../soft-eisner";
