/** The kernels of softmaxes one after the other: kernels/modules/successive-softmax.ts. */
import { kernelBytes } from "./kernel-bytes/successive-softmax.js";
import type { GetKernels } from "./kernels.ts";
import { logarithmKernels } from "./logarithm-kernels.ts";

/** Addresses are in bytes. */
export interface SuccessiveSoftmaxKernels {
  successiveSoftmax(
    u: number,
    g: number,
    rows: number,
    n: number,
    k: number,
    inverse: number,
    scratch: number,
    out: number,
  ): void;
}

export const successiveSoftmaxKernels: GetKernels<SuccessiveSoftmaxKernels> =
  logarithmKernels<SuccessiveSoftmaxKernels>(kernelBytes);
