/** The kernels of Sinkhorn's rounds: kernels/modules/transport.ts. */
import { kernelBytes } from "./kernel-bytes/transport.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface TransportKernels {
  exponentials(matrix: number, n: number, tops: number): number;
  scalingRounds(
    matrix: number,
    n: number,
    u: number,
    v: number,
    sums: number,
    count: number,
    tolerance: number,
    safe: number,
    history: number,
  ): number;
  scaledPlan(matrix: number, n: number, u: number, v: number, sums: number): void;
  weighted(
    plan: number,
    n: number,
    cotangent: number,
    ofRows: number,
    ofColumns: number,
    sizes: number,
  ): void;
  reverseRounds(
    matrix: number,
    n: number,
    history: number,
    places: number,
    repeats: number,
    left: number,
    negligible: number,
    rows: number,
    columns: number,
    sums: number,
    ofRows: number,
    ofColumns: number,
    out: number,
  ): number;
  balanced(
    plan: number,
    n: number,
    rowSums: number,
    cotangent: number,
    rounds: number,
    rounding: number,
    alpha: number,
    beta: number,
    ofRows: number,
    ofColumns: number,
    sums: number,
  ): number;
  shortestDistances(matrix: number, n: number): void;
  rowPotentials(
    plan: number,
    n: number,
    b: number,
    floor: number,
    columns: number,
    weights: number,
    x: number,
  ): void;
  flowPotentials(plan: number, n: number, cotangent: number, weights: number, flows: number, x: number): void;
}

export const transportKernels: GetKernels<TransportKernels> = kernelModule<TransportKernels>(kernelBytes);
