/** NeuralSort. */
export { neuralSort } from "../neural-sort";
