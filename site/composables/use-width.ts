import { onBeforeUnmount, onMounted, type Ref, ref } from "vue";

/** The width of an element in pixels, so that a figure is drawn at its size instead of being scaled with its letters. */
export function useWidth(element: Ref<HTMLElement | undefined>, before: number): Ref<number> {
  const width = ref(before);
  let observer: ResizeObserver | undefined;
  onMounted(() => {
    observer = new ResizeObserver(([entry]) => {
      if (entry) width.value = Math.max(200, Math.round(entry.contentRect.width));
    });
    if (element.value) observer.observe(element.value);
  });
  onBeforeUnmount(() => observer?.disconnect());
  return width;
}
