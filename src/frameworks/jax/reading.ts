import type { numpy as np } from "@jax-js/jax";
import type { FloatArray } from "../../contracts.ts";

/** A computation that hands out arrays, which are consumed, and goes on with their data. */
export type Reading<R> = Generator<readonly np.Array[], R, readonly FloatArray[]>;

/** Runs it with synchronous reads. */
export function readNow<R>(reading: Reading<R>): R {
  let step = reading.next();
  while (!step.done) {
    let data: FloatArray[];
    try {
      data = step.value.map((array) => asFloats(array.dataSync()));
    } catch (error) {
      step = reading.throw(error);
      continue;
    }
    step = reading.next(data);
  }
  return step.value;
}

/** Runs it with asynchronous reads. */
export async function readLater<R>(reading: Reading<R>): Promise<R> {
  let step = reading.next();
  while (!step.done) {
    let data: FloatArray[];
    try {
      data = await Promise.all(step.value.map(async (array) => asFloats(await array.data())));
    } catch (error) {
      step = reading.throw(error);
      continue;
    }
    step = reading.next(data);
  }
  return step.value;
}

/** jax-js types data as any of its buffers and numbers; where the dtype has been checked it is one of these. */
export function asFloats(data: unknown): FloatArray {
  return data as FloatArray;
}
