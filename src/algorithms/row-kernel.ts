import type { FloatArray, Rng } from "../contracts.ts";

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
  /** `jvp` without `sums` before, where that is less work; false where the row has no state. */
  product?(): boolean;
  /**
   * `map` for all rows of θ, by SIMD kernels; `alone` solves and writes a row that is left over, and may fail. False where no
   * kernel can.
   */
  mapRows?(theta: FloatArray, out: FloatArray, alone: (row: number) => void): boolean;
  /**
   * Marginals of all rows of θ, or products with the rows of `direction`, by SIMD kernels; `alone` solves and writes a row
   * that is left over. False where no kernel can.
   */
  batch?(
    theta: FloatArray,
    direction: FloatArray | undefined,
    out: FloatArray,
    alone: (row: number) => void,
  ): boolean;
  /**
   * log Z, or the entropy, of all rows of θ, by SIMD kernels; `alone` solves and writes a row that is left over, and may fail.
   * False where no kernel can.
   */
  batchNumbers?(entropy: boolean, theta: FloatArray, out: FloatArray, alone: (row: number) => void): boolean;
  /**
   * A sample of each row of θ, row r's from `rng.row(r)`, by SIMD kernels; `alone` draws and writes a row that is left over, and
   * may fail. False where no kernel can.
   */
  sampleRows?(theta: FloatArray, rng: Rng, out: FloatArray, alone: (row: number) => void): boolean;
  /**
   * The row, prepared but for θ, on SIMD kernels; undefined where no kernel can, or where it would not pay.
   */
  native?(what: Solving): NativeRow | undefined;
  entropy(): number;
  /** Whether the row has a state: instead of `sums`, where `sample` needs no more. */
  feasible?(): boolean;
  sample(rng: Rng): void;
  isState(): boolean;
  /** All states of the row, whatever θ; the array may be reused. */
  enumerate(): Iterable<Float64Array>;
}

/** What a row is solved for. */
export type Solving = "map" | "sums" | "product";

/**
 * A row in the kernels' memory: from filling its arrays to reading a result nothing else may run. Results may lie over the
 * arrays; they are undefined, or −Infinity, where the row has no state.
 */
export interface NativeRow {
  readonly theta: Float64Array;
  readonly vector: Float64Array;
  map(): Float64Array | undefined;
  logPartition(): number;
  /** In [0, 1], whatever rounding does. */
  marginals(): Float64Array | undefined;
  product(): Float64Array | undefined;
  entropy(): number | undefined;
  /** Draws what `sample` needs, before the arrays are filled: generators may use kernels themselves. */
  draw(rng: Rng): void;
  sample(): Float64Array | undefined;
}
