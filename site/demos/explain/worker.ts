import { serve } from "../shared/streaming.ts";
import type { ExplainState, Explanation, Progress } from "./state.ts";

let work: ((state: ExplainState) => AsyncGenerator<Progress | Explanation>) | undefined;

/** jax-js is loaded here, when there is something to do for it. */
serve(async function* (state: ExplainState) {
  work ??= (await import("./learn.ts")).explain();
  yield* work(state);
});
