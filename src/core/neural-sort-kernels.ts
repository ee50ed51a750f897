/** The kernels of NeuralSort: kernels/modules/neural-sort.ts. */
import { kernelBytes } from "./kernel-bytes/neural-sort.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface NeuralSortKernels {
  neuralSort(
    u: number,
    g: number,
    rows: number,
    n: number,
    inverse: number,
    scratch: number,
    out: number,
  ): void;
}

export const neuralSortKernels: GetKernels<NeuralSortKernels> = kernelModule<NeuralSortKernels>(kernelBytes);
