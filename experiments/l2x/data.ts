import type { Rng } from "../../src/index.ts";
import { readReviews } from "./beer.ts";
import type { L2xConfig } from "./config.ts";
import { makeDigits, readDigits } from "./digits.ts";
import type { Data } from "./examples.ts";
import { makeReviews } from "./made-reviews.ts";
import { makeSentences, readSentences } from "./sentences.ts";

/** The task's data: from a folder, or made. @throws DataError for what is missing or damaged. */
export async function loadData(folder: string | undefined, config: L2xConfig, rng: Rng): Promise<Data> {
  switch (config.task) {
    case "sentences":
      return folder === undefined ? makeSentences(config, rng) : readSentences(folder, config, rng);
    case "digits":
      return folder === undefined ? makeDigits(config, rng) : readDigits(folder, config);
    default:
      return folder === undefined ? makeReviews(config, rng) : readReviews(folder, config);
  }
}
