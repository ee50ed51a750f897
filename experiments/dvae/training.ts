import type { Rng } from "../../src/index.ts";
import type { DvaeConfig } from "./config.ts";
import type { Digits } from "./data.ts";
import type { Kl } from "./kl.ts";
import type { Method } from "./methods.ts";
import type { Model } from "./model.ts";

/** What the training of one method is given, and its evaluation. */
export interface Training {
  readonly config: DvaeConfig;
  readonly digits: Digits;
  readonly model: Model;
  readonly method: Method;
  /** The term in the loss. */
  readonly kl: Kl;
  /** First weights and the order of images: the same for all methods. */
  readonly rng: Rng;
}
