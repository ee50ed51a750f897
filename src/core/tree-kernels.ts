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
  treeSums(
    what: number,
    kind: number,
    theta: number,
    v: number,
    rows: number,
    size: number,
    n: number,
    elements: number,
    count: number,
    least: number,
    scratch: number,
    out: number,
  ): number;
  treeSamples(
    kind: number,
    theta: number,
    rows: number,
    size: number,
    n: number,
    elements: number,
    count: number,
    least: number,
    key0: number,
    key1: number,
    row: number,
    scratch: number,
    out: number,
  ): number;
}

export const treeKernels: GetKernels<TreeKernels> = kernelModule<TreeKernels>(kernelBytes);
