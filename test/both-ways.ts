import { expect } from "vitest";
import type { FloatArray } from "../src/contracts.ts";
import { withKernels, withoutKernels } from "../src/core/kernels.ts";

/** A call's outcome: what its arrays hold then, byte by byte, or the error. */
interface Outcome {
  readonly arrays: readonly Uint8Array[];
  readonly returned?: unknown;
  readonly error?: unknown;
}

/**
 * The same structure, family or relaxation with every method called on kernels, then on TypeScript alone: both must write
 * the same bits or throw the same error.
 */
export function bothWays<S extends object>(make: () => S): S {
  const compiled = make();
  const written = make();
  return new Proxy(compiled, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function" || name === "states") return method;
      return (...inputs: unknown[]) => {
        const before = inputs.map((input) => (isFloats(input) ? input.slice() : undefined));
        const first = outcome(inputs, () => withKernels(() => Reflect.apply(method, target, inputs)));
        for (const [i, input] of inputs.entries()) if (isFloats(input)) input.set(before[i]!);
        const other: unknown = Reflect.get(written, name);
        const second = outcome(inputs, () =>
          withoutKernels(() => Reflect.apply(other as typeof method, written, inputs)),
        );
        for (const [i, bytes] of first.arrays.entries()) {
          expect(Buffer.compare(bytes, second.arrays[i]!), `bits of an array of ${String(name)}`).toBe(0);
        }
        expect(String(first.error)).toBe(String(second.error));
        if (second.error !== undefined) throw second.error;
        return second.returned;
      };
    },
  });
}

function outcome(inputs: readonly unknown[], call: () => unknown): Outcome {
  const bytes = (): Uint8Array[] =>
    inputs
      .filter(isFloats)
      .map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength).slice());
  try {
    const returned = call();
    return { arrays: bytes(), returned };
  } catch (error) {
    return { arrays: bytes(), error };
  }
}

/** A float array that has its memory. */
function isFloats(value: unknown): value is FloatArray {
  return (value instanceof Float64Array || value instanceof Float32Array) && value.length > 0;
}
