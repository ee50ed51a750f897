/** The kernels of sums over labellings: kernels/modules/chains.ts. */
import { kernelBytes } from "./kernel-bytes/chains.js";
import type { GetKernels } from "./kernels.ts";
import { logarithmKernels } from "./logarithm-kernels.ts";

/** Addresses are in bytes. */
export interface ChainKernels {
  chainMap(theta: number, n: number, capacity: number, labels: number, scratch: number): number;
  chainSums(theta: number, v: number, n: number, capacity: number, labels: number, scratch: number): number;
  chainMarginals(theta: number, n: number, capacity: number, labels: number, scratch: number): void;
  chainJvp(theta: number, v: number, n: number, capacity: number, labels: number, scratch: number): void;
}

export const chainKernels: GetKernels<ChainKernels> = logarithmKernels<ChainKernels>(kernelBytes);
