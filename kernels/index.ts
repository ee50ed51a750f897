export { addDifference } from "./difference";
export { allFinite, allFiniteSingle } from "./finite";
export { kSubsetMap } from "./k-subset-map";
export { perturb } from "./perturb";
export { noiseRows, noiseStream } from "./quantile-noise";
export { threefryWords } from "./threefry";
