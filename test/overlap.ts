/** Calls a method with arguments that share memory in every way, and expects what it gives where they do not. */
import { expect } from "vitest";
import type { FloatArray } from "../src/contracts.ts";

export interface Overlapping {
  /** What is read; each a whole number of rows. */
  readonly inputs: readonly Float64Array[];
  readonly rows: number;
  readonly outLength: number;
  call(inputs: FloatArray[], out: FloatArray): void;
}

type Kind = Float32ArrayConstructor | Float64ArrayConstructor;

export function expectOverlapsSafe({ inputs, rows, outLength, call }: Overlapping): void {
  for (const kind of [Float64Array, Float32Array] as Kind[]) {
    for (const outKind of [Float64Array, Float32Array] as Kind[]) {
      const apart = new outKind(outLength);
      call(
        inputs.map((input) => kind.from(input)),
        apart,
      );
      inputs.forEach((input, which) => {
        const width = input.length / rows;
        const shifts = kind === outKind ? [0, 1, width >> 1, width, (rows - 1) * width] : [0, width];
        for (const shift of new Set(shifts.flatMap((d) => [d, -d]))) {
          for (const shared of [false, true]) {
            const bytes = 8 * (2 * rows * width + outLength + input.length);
            const memory = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
            // A clone is another object over the same shared memory.
            const alias = shared ? structuredClone(memory) : memory;
            const at = 8 * rows * width;
            const moved: FloatArray = new kind(memory as ArrayBuffer, at, input.length);
            moved.set(input);
            const out: FloatArray = new outKind(
              alias as ArrayBuffer,
              at + shift * (kind === outKind ? kind.BYTES_PER_ELEMENT : 8),
              outLength,
            );
            const given = inputs.map((other, i) => (i === which ? moved : kind.from(other)));
            call(given, out);
            const where = `input ${which}, out ${shift} numbers behind it, ${kind.name} to ${outKind.name}`;
            expect(out, shared ? `${where}, shared` : where).toEqual(apart);
          }
        }
      });
    }
  }
}
