import { serve } from "../shared/streaming.ts";
import type { PathsState, Prediction, Progress } from "./state.ts";

let work: ((state: PathsState) => AsyncGenerator<Progress | Prediction>) | undefined;

/** jax-js is loaded here, when there is something to do for it. */
serve(async function* (state: PathsState) {
  work ??= (await import("./learn.ts")).paths();
  yield* work(state);
});
