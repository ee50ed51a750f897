/** Eisner's algorithm: projective trees. */
export { eisnerBest, eisnerOutside, eisnerSeconds, eisnerSums } from "../eisner";
