/** Softmaxes one after the other. */
export { successiveSoftmax } from "../successive-softmax";
