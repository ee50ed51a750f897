import type { FloatArray, SameKind } from "../contracts.ts";

/** A zeroed array of the same kind. */
export function floatsLike<A extends FloatArray>(array: A, length: number): SameKind<A> {
  // TypeScript does not follow a conditional type into its branches.
  return (array instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)) as SameKind<A>;
}
