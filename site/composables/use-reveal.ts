import { onBeforeUnmount, type Ref, ref } from "vue";

/**
 * Goes from 0 to 1 in `seconds` after each `restart`, so that what was computed at once is seen to happen; for those who
 * asked for less motion it is 1 at once.
 */
export function useReveal(seconds: number): { shown: Ref<number>; restart(): void } {
  const shown = ref(0);
  let frame = 0;
  onBeforeUnmount(() => cancelAnimationFrame(frame));
  return {
    shown,
    restart() {
      cancelAnimationFrame(frame);
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
        shown.value = 1;
        return;
      }
      shown.value = 0;
      const begun = performance.now();
      const next = (now: number): void => {
        shown.value = Math.min(1, Math.max(0, (now - begun) / (1000 * seconds)));
        if (shown.value < 1) frame = requestAnimationFrame(next);
      };
      frame = requestAnimationFrame(next);
    },
  };
}
