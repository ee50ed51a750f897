import { onBeforeUnmount, onMounted, type ShallowRef, shallowRef } from "vue";
import { type Stream, stream } from "../demos/shared/streaming.ts";

/**
 * What a worker finds about the newest state, in the order in which it comes. Values that arrive between two frames are
 * drawn together. To be called before what calls `start` when the page is mounted.
 */
export function useStream<State, Value>(
  makeWorker: () => Worker,
): {
  values: ShallowRef<readonly Value[]>;
  /** Why there are no values; empty where there is nothing to tell. */
  problem: ShallowRef<string>;
  finished: ShallowRef<boolean>;
  /** With `keep`, older values stay until newer ones come. */
  start(state: State, keep?: boolean): void;
} {
  const values = shallowRef<readonly Value[]>([]);
  const problem = shallowRef("");
  const finished = shallowRef(false);
  let arrived: Value[] = [];
  let done = false;
  let frame = 0;
  let connection: Stream<State> | undefined;

  const draw = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (arrived.length > 0) values.value = [...arrived];
      finished.value = done;
    });
  };
  onMounted(() => {
    connection = stream<State, Value>(makeWorker(), {
      value(value) {
        arrived.push(value);
        draw();
      },
      done() {
        done = true;
        draw();
      },
      error(message) {
        problem.value = message;
      },
    });
  });
  onBeforeUnmount(() => {
    cancelAnimationFrame(frame);
    connection?.close();
  });
  return {
    values,
    problem,
    finished,
    start(state, keep = false) {
      arrived = [];
      done = false;
      if (!keep) values.value = [];
      problem.value = "";
      finished.value = false;
      connection?.start(state);
    },
  };
}
