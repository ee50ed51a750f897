export type * from "./contracts.ts";
export { rng } from "./core/rng.ts";
