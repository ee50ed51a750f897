/** Softmaxes and sigmoids. */
export { sigmoids, softmaxRows } from "../softmax";
