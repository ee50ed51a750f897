import { type BitKernels, bitKernels } from "../../core/bit-kernels.ts";
import { ARENA, ARENA_END, type KernelModule } from "../../core/kernels.ts";
import type { NativeRow, Solving } from "../row-kernel.ts";

/** Fewer states are faster summed in JavaScript. */
const WORTHWHILE = 64;

/** The row as `bitBudget` has it now: its bits, their weights, and the budgets with which each can be reached and completed. */
export interface BitRow {
  readonly n: number;
  readonly budget: number;
  readonly weights: Int32Array;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** Sums over a row's states by kernels. Undefined where there are none, or the row does not fit their memory. */
export function nativeBits(
  capacity: number,
  blocks: number,
  exact: boolean,
  sampling: Pick<NativeRow, "draw"> & {
    /** The state that the numbers drawn choose, by chances with so many a block. */
    readonly choose: (chance: Float64Array, stride: number) => Float64Array;
  },
): (what: Solving, row: BitRow) => NativeRow | undefined {
  const size = blocks === 1 ? capacity : Math.max(0, 2 * capacity - 1);
  const vectorAt = ARENA + 8 * size;
  const ints = vectorAt + 8 * size;
  const factors = ints + 8 * Math.ceil((3 * (capacity + 1)) / 2);
  const layers = factors + 16 * blocks * capacity;
  let made: NativeRow | undefined;
  let row: BitRow;
  let stride: number;
  let chance: number;
  let toD: number;

  function make({ run, f64, u32 }: KernelModule<BitKernels>): NativeRow {
    const theta = f64.subarray(ARENA / 8, vectorAt / 8);
    const vector = f64.subarray(vectorAt / 8, ints / 8);

    function setRow(): void {
      const entries = row.n + 1;
      u32.set(row.weights.subarray(0, row.n), ints / 4);
      u32.set(row.low.subarray(0, entries), ints / 4 + entries);
      u32.set(row.high.subarray(0, entries), ints / 4 + 2 * entries);
    }

    function sums(): number {
      setRow();
      return run.bitSums(ARENA, ints, row.n, capacity, blocks, stride, factors, layers, chance);
    }

    const means = (v: number): number =>
      run.bitMeans(v, ints, row.n, capacity, blocks, stride, layers, chance, toD);

    return {
      theta,
      vector,
      map() {
        setRow();
        return run.bitMap(exact, ARENA, ints, row.n, capacity, blocks, stride, layers) ? theta : undefined;
      },
      logPartition: sums,
      marginals() {
        if (sums() === -Infinity) return undefined;
        run.bitMoves(false, ARENA, ints, row.n, capacity, blocks, stride, layers, chance, toD);
        return theta;
      },
      product() {
        if (sums() === -Infinity) return undefined;
        means(vectorAt);
        run.bitMoves(true, vectorAt, ints, row.n, capacity, blocks, stride, layers, chance, toD);
        return vector;
      },
      entropy: () => (sums() === -Infinity ? undefined : means(0)),
      draw: sampling.draw,
      sample: () => (sums() === -Infinity ? undefined : sampling.choose(f64.subarray(chance / 8), stride)),
    };
  }

  return (what, now) => {
    row = now;
    // An odd number of cells ends with one more.
    stride = row.budget + 2;
    const layer = 8 * blocks * stride;
    // `map` keeps all layers of values, and takes their chances' place.
    chance = layers + 4 * layer;
    toD = layer * row.n;
    const end = chance + toD * (what === "product" ? 2 : 1);
    const worthwhile = row.n * stride * blocks >= WORTHWHILE;
    const native = size > 0 && end <= ARENA_END ? bitKernels(worthwhile) : undefined;
    if (native) made ??= make(native);
    return native && made;
  };
}
