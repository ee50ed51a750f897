/**
 * Long work streams from a worker: the page sends a state, the worker yields what it finds, and a newer state ends the
 * older one's work.
 */

interface Job<State> {
  readonly id: number;
  readonly state: State;
}
type Reply<Value> =
  | { readonly id: number; readonly value: Value }
  | { readonly id: number; readonly done: true }
  | { readonly id: number; readonly error: string };

/** Milliseconds after which a worker looks whether its work is still wanted. */
const SLICE = 20;

/** In the worker: works for the newest state only. */
export function serve<State, Value>(work: (state: State) => Iterable<Value> | AsyncIterable<Value>): void {
  let newest = 0;
  self.onmessage = async ({ data: { id, state } }: MessageEvent<Job<State>>) => {
    newest = id;
    const post = (reply: Reply<Value>): void => self.postMessage(reply);
    try {
      let begun = performance.now();
      for await (const value of work(state)) {
        if (id !== newest) return;
        post({ id, value });
        if (performance.now() - begun < SLICE) continue;
        await new Promise((resume) => setTimeout(resume));
        if (id !== newest) return;
        begun = performance.now();
      }
      post({ id, done: true });
    } catch (error) {
      post({ id, error: error instanceof Error ? error.message : String(error) });
    }
  };
}

export interface Stream<State> {
  /** Begins anew with this state; what an older one still sends is dropped. */
  start(state: State): void;
  close(): void;
}

export interface Listener<Value> {
  value(value: Value): void;
  done?(): void;
  error(message: string): void;
}

/** On the page. */
export function stream<State, Value>(worker: Worker, listener: Listener<Value>): Stream<State> {
  let newest = 0;
  worker.onmessage = ({ data }: MessageEvent<Reply<Value>>) => {
    if (data.id !== newest) return;
    if ("value" in data) listener.value(data.value);
    else if ("error" in data) listener.error(data.error);
    else listener.done?.();
  };
  worker.onerror = (event) => listener.error(event.message || "the worker could not be started");
  return {
    start(state) {
      worker.postMessage({ id: ++newest, state });
    },
    close() {
      worker.terminate();
    },
  };
}
