/** The kernels of softmaxes and sigmoids: kernels/modules/softmax.ts. */
import { kernelBytes } from "./kernel-bytes/softmax.js";
import type { GetKernels } from "./kernels.ts";
import { logarithmKernels } from "./logarithm-kernels.ts";

/** Addresses are in bytes. */
export interface SoftmaxKernels {
  softmaxRows(theta: number, v: number, rows: number, n: number, scratch: number, out: number): number;
  sigmoids(theta: number, end: number, v: number, out: number): void;
  bitSums(entropy: boolean, theta: number, rows: number, n: number, out: number): void;
}

export const softmaxKernels: GetKernels<SoftmaxKernels> = logarithmKernels<SoftmaxKernels>(kernelBytes);
