import { onMounted, type ShallowRef, shallowRef, watch } from "vue";
import { type Dial, initialState, readState, type State, writeState } from "../demos/shared/dials.ts";

/** A demo's state, read from the URL when the page opens and kept there. `begin` runs then, and after each change. */
export function useDemoState(
  dials: readonly Dial[],
  begin: (state: State) => void,
): { state: ShallowRef<State>; change(key: string, value: State[string]): void } {
  const state: ShallowRef<State> = shallowRef(initialState(dials));
  onMounted(() => {
    state.value = readState(dials, location.search);
    begin(state.value);
    watch(state, (now) => {
      const query = writeState(dials, now);
      history.replaceState(history.state, "", query === "" ? location.pathname : `?${query}`);
      begin(now);
    });
  });
  return {
    state,
    change(key, value) {
      state.value = { ...state.value, [key]: value };
    },
  };
}
