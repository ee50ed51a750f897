import type { Noise } from "../contracts.ts";
import { checkFloats, checkOptions, checkRng } from "../core/check.ts";
import { drawFromTable, drawRowsFromTable, type Quantile, quantileTable } from "./quantile-table.ts";
import { withRowDraws } from "./row-draws.ts";

/** Options that all random noises share. */
export interface NoiseOptions {
  /** Subtract the mean exactly. Default false: the noise as published. */
  readonly centered?: boolean;
}

/**
 * Noise drawn by a table of `quantile`, which is made at the first draw and shared by all noises of that name; `density`
 * tells what is known of that of the noise moved by `shift`.
 */
export function tabulated(
  name: string,
  mean: number,
  variance: number,
  quantile: Quantile,
  density: (shift: number) => Pick<Noise, "score" | "divergence">,
): (options?: NoiseOptions) => Noise {
  let table: Float64Array | undefined;
  return (options) => {
    checkOptions(name, options, ["centered"]);
    const centered = checkCentered(name, options?.centered);
    const shift = centered ? -mean : 0;
    const noise: Noise = {
      name,
      mean: centered ? 0 : mean,
      variance,
      fill(out, rng) {
        checkFloats(name, "out", out);
        checkRng(name, rng, "it is random");
        table ??= quantileTable(quantile);
        drawFromTable(table, out, rng, shift);
      },
      ...density(shift),
    };
    return withRowDraws(noise, (out, size, rng) => {
      table ??= quantileTable(quantile);
      drawRowsFromTable(table, out, size, rng, shift);
    });
  };
}

/** The option's value; a truthy string is a mistake, not a yes. */
export function checkCentered(name: string, centered: unknown = false): boolean {
  if (typeof centered !== "boolean") {
    throw new TypeError(`${name}: centered expected a boolean, got ${typeof centered}`);
  }
  return centered;
}
