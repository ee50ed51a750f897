/** What every layer of k-subsets needs, and every generator: one module, because it is always loaded. */
export { demote, promote } from "../convert";
export { addDifference } from "../difference";
export { allFinite } from "../finite";
export { firstAbove } from "../first-above";
export { kSubsetMap } from "../k-subset-map";
export { kSubsetJvp, kSubsetMarginals } from "../k-subset-sums";
export { perturb } from "../perturb";
export { noiseRows, noiseStream } from "../quantile-noise";
export { threefryWords } from "../threefry";
