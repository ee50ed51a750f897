export { noiseRows, noiseStream } from "./quantile-noise";
export { threefryWords } from "./threefry";
