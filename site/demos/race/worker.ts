import { serve } from "../shared/streaming.ts";
import { arrows } from "./arrows.ts";
import { type RaceState, race } from "./race.ts";

/** The scatter at the start first: it is there at once. */
serve(function* (state: RaceState) {
  yield* arrows(state);
  yield* race(state);
});
