/** What every layer of k-subsets needs, and every generator: one module, because it is always loaded. */
export { collectAbove } from "../collect-above";
export { allFinite } from "../finite";
export { kSubsetMap } from "../k-subset-map";
export { kSubsetSums } from "../k-subset-sums";
export { noiseRows, noiseStream } from "../quantile-noise";
export { stateDifference } from "../state-difference";
export { threefryWords } from "../threefry";
