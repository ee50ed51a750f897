/** The kernels that every generator and the layers of k-subsets share: kernels/modules/core.ts. */
import { kernelBytes } from "./kernel-bytes/core.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface CoreKernels {
  threefryWords(key0: number, key1: number, counter: number, blocks: number, out: number): void;
  noiseStream(
    key0: number,
    key1: number,
    counter: number,
    from: number,
    length: number,
    table: number,
    shift: number,
    words: number,
    out: number,
  ): number;
  noiseRows(
    key0: number,
    key1: number,
    row: number,
    domain: number,
    rows: number,
    size: number,
    table: number,
    shift: number,
    keys: number,
    words: number,
    out: number,
  ): void;
  kSubsetMap(
    x: number,
    rows: number,
    n: number,
    k: number,
    quantile: number,
    spacing: number,
    keys: number,
    out: number,
  ): number;
  promote(at: number, length: number): void;
  demote(at: number, length: number): void;
  firstAbove(x: number, end: number, least: number): number;
  addDifference(
    gradient: number,
    weights: number,
    other: number,
    to: number,
    rows: number,
    size: number,
    sums: number,
  ): void;
  allFinite(x: number, length: number, scale: number): number;
  kSubsetMarginals(
    theta: number,
    rows: number,
    n: number,
    ones: number,
    logOdds: number,
    sign: number,
    scratch: number,
    out: number,
  ): number;
  kSubsetJvp(
    theta: number,
    v: number,
    rows: number,
    n: number,
    ones: number,
    logOdds: number,
    sign: number,
    scratch: number,
    out: number,
  ): number;
  perturb(x: number, noise: number, temperature: number, length: number): number;
}

export const coreKernels: GetKernels<CoreKernels> = kernelModule<CoreKernels>(kernelBytes);
