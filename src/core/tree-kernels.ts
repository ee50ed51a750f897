/** The kernels of trees: kernels/modules/trees.ts. */
import { kernelBytes } from "./kernel-bytes/trees.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface TreeKernels {
  bestArborescences(
    theta: number,
    rows: number,
    size: number,
    n: number,
    single: boolean,
    slots: number,
    scratch: number,
    out: number,
  ): number;
  bestSpanningTrees(
    theta: number,
    rows: number,
    size: number,
    n: number,
    places: number,
    scratch: number,
    out: number,
  ): number;
  placeTrees(
    what: number,
    kind: number,
    n: number,
    size: number,
    elements: number,
    count: number,
    least: number,
    scratch: number,
  ): void;
  treeSums(theta: number, v: number, rows: number, out: number): number;
  treeSamples(theta: number, rows: number, key0: number, key1: number, first: number, out: number): number;
}

export const treeKernels: GetKernels<TreeKernels> = kernelModule<TreeKernels>(kernelBytes);
