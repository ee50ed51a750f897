/** The kernels of projections onto the polytope of k-subsets: kernels/modules/projections.ts. */
import { kernelBytes } from "./kernel-bytes/projections.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface ProjectionKernels {
  project(
    kind: number,
    u: number,
    v: number,
    rows: number,
    n: number,
    k: number,
    factor: number,
    quantile: number,
    spacing: number,
    logLow: number,
    logHigh: number,
    scratch: number,
    out: number,
  ): void;
}

export const projectionKernels: GetKernels<ProjectionKernels> = kernelModule<ProjectionKernels>(kernelBytes);
