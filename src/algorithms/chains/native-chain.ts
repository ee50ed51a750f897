import { type ChainKernels, chainKernels } from "../../core/chain-kernels.ts";
import { ARENA, ARENA_END, type KernelModule } from "../../core/kernels.ts";
import type { NativeRow, RowKernel } from "../row-kernel.ts";

/** Shorter rows are faster summed in JavaScript. */
const WORTHWHILE = 64;

/** What `sums` leaves behind: P(y_0), then P(y_{t+1} | y_t) as weights, each to be scaled by its label's scale. */
export interface ChainLaw {
  readonly start: Float64Array;
  readonly weight: Float64Array;
  readonly scale: Float64Array;
  readonly startScale: Float64Array;
}

/** Sums over labellings of a row of `length()` positions by kernels. Undefined where there are none, or rows do not fit their memory. */
export function nativeChain(
  capacity: number,
  labels: number,
  length: () => number,
  sampling: Pick<NativeRow, "draw"> & {
    /** The labelling that the numbers drawn choose. */
    readonly choose: (law: ChainLaw) => Float64Array;
  },
): NonNullable<RowKernel["native"]> {
  const edges = capacity * labels;
  const size = edges + Math.max(0, capacity - 1) * labels * labels;
  const scratch = ARENA + 8 * size;
  const start = scratch + 8 * (4 * edges + 1);
  const vectorAt = start + 8 * (labels + 1 + Math.max(4 * labels, 6));
  let made: NativeRow | undefined;

  function make({ run, f64 }: KernelModule<ChainKernels>): NativeRow {
    const view = (at: number, count: number) => f64.subarray(at / 8, at / 8 + count);
    const theta = view(ARENA, size);
    const vector = view(vectorAt, size);
    const mean = view(start - 8, 1);
    const sums = (v: number): number => {
      mean[0] = 0;
      return length() === 0 ? 0 : run.chainSums(ARENA, v, length(), capacity, labels, scratch);
    };
    const law: ChainLaw = {
      start: view(start, labels),
      startScale: view(start + 8 * labels, 1),
      scale: view(scratch + 8 * edges, edges),
      weight: view(ARENA + 8 * edges, size - edges),
    };
    return {
      theta,
      vector,
      map() {
        if (length() === 0) return theta.fill(0);
        return run.chainMap(ARENA, length(), capacity, labels, scratch) ? theta : undefined;
      },
      logPartition: () => sums(0),
      marginals() {
        if (sums(0) === -Infinity) return undefined;
        if (length() === 0) return theta.fill(0);
        run.chainMarginals(ARENA, length(), capacity, labels, scratch);
        return theta;
      },
      product() {
        if (sums(vectorAt) === -Infinity) return undefined;
        if (length() === 0) return vector.fill(0);
        run.chainJvp(ARENA, vectorAt, length(), capacity, labels, scratch);
        return vector;
      },
      entropy: () => (sums(0) === -Infinity ? undefined : mean[0]!),
      draw: sampling.draw,
      sample: () => (sums(0) === -Infinity ? undefined : sampling.choose(law)),
    };
  }

  return (what) => {
    const end = vectorAt + (what === "product" ? 8 * size : 0);
    const native = size > 0 && end <= ARENA_END ? chainKernels(size >= WORTHWHILE) : undefined;
    if (native) made ??= make(native);
    return native && made;
  };
}
