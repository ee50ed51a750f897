/**
 * Layers return S samples row by row, (row, sample); solvers and samplers work sample by sample, so that a batch's
 * context fits as it is. "Slabs" are sample-major: slab s holds rows × m numbers of sample s.
 */
import type { FloatArray, Layer } from "../contracts.ts";

/** What a layer returns for one row: S samples come first, unless there is one or they are averaged. */
export function sampledOutput(
  shape: readonly number[],
  samples: number,
  average: boolean,
): Pick<Layer, "outputShape" | "samples"> {
  return samples > 1 && !average ? { outputShape: [samples, ...shape], samples } : { outputShape: shape };
}

/** Slabs → rows of S samples each, or their mean. */
export function fromSlabs(
  slabs: Float64Array,
  rows: number,
  samples: number,
  size: number,
  average: boolean,
  out: FloatArray,
): void {
  const slab = rows * size;
  if (samples === 1) {
    out.set(slabs);
    return;
  }
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let s = 0; s < samples; s++) {
        const value = slabs[s * slab + row * size + i]!;
        if (average) sum += value;
        else out[(row * samples + s) * size + i] = value;
      }
      if (average) out[row * size + i] = sum / samples;
    }
  }
}

/** The rows of sample s: out of (row, sample) order, or of an average that all samples share. */
export function toSlab(
  values: FloatArray,
  rows: number,
  samples: number,
  size: number,
  average: boolean,
  sample: number,
  out: Float64Array,
): void {
  if (average || samples === 1) {
    out.set(values);
    return;
  }
  for (let row = 0; row < rows; row++) {
    const from = (row * samples + sample) * size;
    for (let i = 0; i < size; i++) out[row * size + i] = values[from + i]!;
  }
}

/** Mean over the samples of a row: of rows × S × m numbers, or of an average that all samples share. */
export function meanOverSamples(
  values: FloatArray,
  rows: number,
  samples: number,
  size: number,
  average: boolean,
  out: FloatArray,
): void {
  if (average || samples === 1) {
    out.set(values);
    return;
  }
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let s = 0; s < samples; s++) sum += values[(row * samples + s) * size + i]!;
      out[row * size + i] = sum / samples;
    }
  }
}
