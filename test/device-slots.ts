/** How many buffers a jax-js device holds, seen through the table that its backend keeps in a private Map. */
import { numpy as np } from "@jax-js/jax";

/** Returns a function that counts the buffers of the default device. */
export function deviceSlots(): () => number {
  let table: ReadonlyMap<unknown, unknown> | undefined;
  const { set } = Map.prototype;
  Map.prototype.set = function (key: unknown, value: unknown) {
    if (typeof value === "object" && value !== null && "ref" in value) table = this;
    return set.call(this, key, value);
  };
  try {
    np.array(new Float32Array(200)).dispose();
  } finally {
    Map.prototype.set = set;
  }
  if (table === undefined) throw new Error("deviceSlots: this version of jax-js keeps its buffers elsewhere");
  const slots = table;
  return () => slots.size;
}
