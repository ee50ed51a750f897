/** The kernel of assignments: kernels/modules/assignment.ts. */
import { kernelBytes } from "./kernel-bytes/assignment.js";
import { type GetKernels, kernelModule } from "./kernels.ts";

/** Addresses are in bytes. */
export interface AssignmentKernels {
  assign(
    value: number,
    agents: number,
    objects: number,
    scratch: number,
    objectOf: number,
    price: number,
  ): number;
}

export const assignmentKernels: GetKernels<AssignmentKernels> = kernelModule<AssignmentKernels>(kernelBytes);
