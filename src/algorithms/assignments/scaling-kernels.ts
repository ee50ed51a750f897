/** The kernels that work on a matrix in the arena: it lies there first, then vectors with room for one number more. */
import { ARENA, ARENA_END, type KernelModule } from "../../core/kernels.ts";
import { type TransportKernels, transportKernels } from "../../core/transport-kernels.ts";

/** Sides from which copying a matrix pays. */
const WORTHWHILE = 8;

/** The kernels, if so many numbers beside the n × n matrix fit the arena. */
export function scalingKernels(n: number, numbers = 0): KernelModule<TransportKernels> | undefined {
  if (n < 2 || 8 * (n * n + numbers) > ARENA_END - ARENA) return undefined;
  return transportKernels(n >= WORTHWHILE);
}

/** Where the matrix lies, counted in doubles. */
export const MATRIX: number = ARENA / 8;

/** Where vector k lies, counted in doubles. */
export const vectorAt = (n: number, k: number): number => MATRIX + n * n + k * (n + 1);
