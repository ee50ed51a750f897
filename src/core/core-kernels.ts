/** The kernels that every generator and the layers of k-subsets share: kernels/modules/core.ts. */
import { kernelBytes } from "./kernel-bytes/core.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface CoreKernels {
  threefryWords(key0: number, key1: number, counter: number, blocks: number, out: number): void;
  noiseStream(
    width: number,
    key0: number,
    key1: number,
    counter: number,
    from: number,
    length: number,
    shift: number,
    words: number,
    out: number,
  ): number;
  noiseRows(
    key0: number,
    key1: number,
    row: number,
    rows: number,
    size: number,
    shift: number,
    keys: number,
    words: number,
    out: number,
  ): void;
  kSubsetMap(
    single: boolean,
    x: number,
    gradient: number,
    step: number,
    noise: number,
    temperature: number,
    rows: number,
    n: number,
    k: number,
    network: number,
    networkEnd: number,
    quantile: number,
    spacing: number,
    scratch: number,
    out: number,
  ): number;
  stateDifference(
    single: boolean,
    states: number,
    to: number,
    rows: number,
    n: number,
    weight: number,
    sums: number,
  ): void;
  collectAbove(x: number, length: number, most: number, found: number): number;
  allFinite(single: boolean, x: number, length: number, scale: number): number;
  kSubsetSums(
    theta: number,
    v: number,
    rows: number,
    n: number,
    ones: number,
    logOdds: number,
    sign: number,
    largest: number,
    finished: boolean,
    scratch: number,
    out: number,
  ): number;
}

export const coreKernels: GetKernels<CoreKernels> = kernelModule<CoreKernels>(kernelBytes);
