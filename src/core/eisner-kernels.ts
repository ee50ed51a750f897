/** The kernels of projective trees: kernels/modules/eisner.ts. */
import { kernelBytes } from "./kernel-bytes/eisner.js";
import type { GetKernels } from "./kernels.ts";
import { logarithmKernels } from "./logarithm-kernels.ts";

/** Addresses are in bytes. */
export interface EisnerKernels {
  eisnerBest(words: number, stride: number, single: boolean, tables: number, theta: number): void;
  eisnerSums(words: number, stride: number, single: boolean, tables: number, theta: number): void;
  eisnerSeconds(
    entropic: boolean,
    words: number,
    stride: number,
    single: boolean,
    tables: number,
    direction: number,
  ): void;
  eisnerOutside(product: boolean, words: number, stride: number, single: boolean, tables: number): void;
}

export const eisnerKernels: GetKernels<EisnerKernels> = logarithmKernels<EisnerKernels>(kernelBytes);
