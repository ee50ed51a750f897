/** The kernels of Eisner's algorithm with soft choices: kernels/modules/soft-eisner.ts. */
import { kernelBytes } from "./kernel-bytes/soft-eisner.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

type Way = (product: boolean, from: number, to: number, inverse: number) => void;

/** Addresses are in bytes. `softEisnerChart` says where the ways find all. */
export interface SoftEisnerKernels {
  softEisnerChart(
    product: boolean,
    items: number,
    room: number,
    starts: number,
    splits: number,
    arrays: number,
  ): void;
  readonly softEisnerUp: Way;
  readonly softEisnerDown: Way;
}

export const softEisnerKernels: GetKernels<SoftEisnerKernels> = kernelModule<SoftEisnerKernels>(kernelBytes);
