import type { Rng } from "../../src/index.ts";
import type { L2xConfig } from "./config.ts";
import type { Data } from "./examples.ts";
import { makeReviews } from "./made-reviews.ts";

export function loadData(config: L2xConfig, rng: Rng): Data {
  return makeReviews(config, rng);
}
