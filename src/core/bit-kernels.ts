/** The kernels of sums over bits within a budget: kernels/modules/bits.ts. */
import { kernelBytes } from "./kernel-bytes/bits.js";
import type { GetKernels } from "./kernels.ts";
import { logarithmKernels } from "./logarithm-kernels.ts";

/** Addresses are in bytes. */
export interface BitKernels {
  bitMap(
    exact: boolean,
    theta: number,
    ints: number,
    n: number,
    capacity: number,
    blocks: number,
    stride: number,
    layers: number,
  ): number;
  bitSums(
    theta: number,
    ints: number,
    n: number,
    capacity: number,
    blocks: number,
    stride: number,
    factors: number,
    layers: number,
    chance: number,
  ): number;
  bitMeans(
    v: number,
    ints: number,
    n: number,
    capacity: number,
    blocks: number,
    stride: number,
    layers: number,
    chance: number,
    toD: number,
  ): number;
  bitMoves(
    ofVector: boolean,
    out: number,
    ints: number,
    n: number,
    capacity: number,
    blocks: number,
    stride: number,
    layers: number,
    chance: number,
    toD: number,
  ): void;
}

export const bitKernels: GetKernels<BitKernels> = logarithmKernels<BitKernels>(kernelBytes);
