import type { Rng } from "../contracts.ts";

/** One instance at a time. `marginals`, `jvp`, `entropy` and `sample` use what the last `sums` has left behind. */
export interface RowKernel {
  /** θ of the row; −Infinity excludes an element. */
  readonly theta: Float64Array;
  /** The direction of `jvp`, or what `isState` asks about. */
  readonly vector: Float64Array;
  /** What `map`, `marginals`, `jvp` and `sample` find. */
  readonly result: Float64Array;
  /** False where the row has no state. */
  map(): boolean;
  /** log Σ_z exp⟨z, θ⟩, −Infinity where the row has no state. */
  sums(): number;
  marginals(): void;
  jvp(): void;
  entropy(): number;
  sample(rng: Rng): void;
  isState(): boolean;
  /** All states of the row, whatever θ; the array may be reused. */
  enumerate(): Iterable<Float64Array>;
}
