/** Softmaxes and sigmoids. */
export { bitSums, sigmoids, softmaxRows } from "../softmax";
