/** The kernels of Eisner's algorithm with soft choices: kernels/modules/soft-eisner.ts. */
import { kernelBytes } from "./kernel-bytes/soft-eisner.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface SoftEisnerKernels {
  softEisner(
    u: number,
    g: number,
    second: number,
    size: number,
    lists: number,
    items: number,
    inverse: number,
    arrays: number,
    out: number,
  ): void;
}

export const softEisnerKernels: GetKernels<SoftEisnerKernels> = kernelModule<SoftEisnerKernels>(kernelBytes);
