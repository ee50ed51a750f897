import { onBeforeUnmount, onMounted, type ShallowRef, shallowRef, watch } from "vue";
import { type Dial, initialState, readState, type State, writeState } from "../demos/shared/dials.ts";

/** Milliseconds between two changes of the address: Safari refuses more than a hundred in 30 seconds. */
const PAUSE = 400;

/** A demo's state, read from the URL when the page opens and kept there. `begin` runs then, and after each change. */
export function useDemoState(
  dials: readonly Dial[],
  begin: (state: State) => void,
): { state: ShallowRef<State>; change(key: string, value: State[string]): void } {
  const state: ShallowRef<State> = shallowRef(initialState(dials));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const writeAddress = (): void => {
    timer = undefined;
    const query = writeState(dials, state.value);
    history.replaceState(history.state, "", query === "" ? location.pathname : `?${query}`);
  };
  onMounted(() => {
    state.value = readState(dials, location.search);
    begin(state.value);
    watch(state, (now) => {
      timer ??= setTimeout(writeAddress, PAUSE);
      begin(now);
    });
  });
  // By then the address is another page's.
  onBeforeUnmount(() => clearTimeout(timer));
  return {
    state,
    change(key, value) {
      state.value = { ...state.value, [key]: value };
    },
  };
}
