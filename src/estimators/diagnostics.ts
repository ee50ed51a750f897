import type { Diagnostics, FloatArray, Structure } from "../contracts.ts";

/** What is known after `forward`: everything else waits for `backward`. */
export function startDiagnostics(structure: Structure<never>, solverCalls: number): Diagnostics {
  return {
    solverCalls,
    zeroGradientShare: Number.NaN,
    meanHammingDistance: Number.NaN,
    lambda: Number.NaN,
    solver: structure.report?.() ?? {},
  };
}

/** Share of rows that are zero in every entry; NaN without rows. */
export function zeroRowShare(gradient: FloatArray, rows: number, size: number): number {
  let zero = 0;
  for (let row = 0; row < rows; row++) {
    let i = row * size;
    while (i < (row + 1) * size && gradient[i] === 0) i++;
    if (i === (row + 1) * size) zero++;
  }
  return zero / rows;
}
