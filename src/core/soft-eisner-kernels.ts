/** The kernels of Eisner's algorithm with soft choices: kernels/modules/soft-eisner.ts. */
import { kernelBytes } from "./kernel-bytes/soft-eisner.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
type Way = (
  product: boolean,
  from: number,
  to: number,
  starts: number,
  block: number,
  room: number,
  arrays: number,
  size: number,
  items: number,
  inverse: number,
) => void;

export interface SoftEisnerKernels {
  readonly softEisnerUp: Way;
  readonly softEisnerDown: Way;
}

export const softEisnerKernels: GetKernels<SoftEisnerKernels> = kernelModule<SoftEisnerKernels>(kernelBytes);
