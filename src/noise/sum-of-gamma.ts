import type { FloatArray, Noise, Rng } from "../contracts.ts";
import { checkFloats, checkInteger, checkOneOf, checkOptions, checkRng } from "../core/check.ts";
import { log } from "../core/log-exp.ts";
import { drawFromTable, drawRowsFromTable, quantileTable } from "./quantile-table.ts";
import { withRowDraws } from "./row-draws.ts";
import { sumOfGammaQuantile } from "./sum-of-gamma-quantile.ts";
import { checkCentered, type NoiseOptions } from "./tabulated.ts";

export interface SumOfGammaOptions extends NoiseOptions {
  /** κ ≥ 1, the number of ones in a state; it need not be an integer where that number varies. */
  readonly k: number;
  /** s, the number of gamma variables. Default 10; more come closer to a Gumbel sum, with error below 1/(2s). */
  readonly iterations?: number;
  /** How draws are made; both are the same distribution. Default "table" up to 200 iterations, else "gamma". */
  readonly method?: "table" | "gamma";
}

/** Iterations up to which a table is quickly made: the time grows with their square, 0.1 s here. */
const TABLE_ITERATIONS = 200;

/** Tables by κ and s; the oldest goes when there are too many. */
const tables: Map<string, Float64Array> = new Map();
const TABLES_KEPT = 16;

/**
 * Sum-of-Gamma noise: SoG(κ, 1, s) = 1/κ (Σ_{i=1..s} Gamma(shape 1/κ, scale κ/i) − log s). For s → ∞ the sum of κ of
 * them is standard Gumbel, so that states with κ ones are perturbed as perturb-and-MAP asks for.
 *
 * Mean (H_s − log s)/κ, which is not 0; variance Σ_{i≤s} i⁻²/κ.
 *
 * `method: "gamma"` draws s gamma variables an element, as published. `method: "table"` draws from the tabulated inverse
 * of the exact distribution function, within 2e-8 and tails included down to 2⁻⁴¹; it costs one random word an
 * element and is about a hundred times faster, after some milliseconds for the table of a new (κ, s). It is the
 * default for that reason.
 *
 * @param options `centered` subtracts the mean: it matters where states differ in their number of ones, as paths do.
 * @throws RangeError if `k` < 1 or `iterations` is no integer in [1, 100000]; TypeError for an unknown option.
 * @example
 * import { sumOfGamma } from "hardgrad";
 * sumOfGamma({ k: 5 }).mean.toFixed(6); // "0.125277"
 * sumOfGamma({ k: 5, centered: true }).mean; // 0
 * @see Niepert, Minervini and Franceschi 2021, "Implicit MLE", Eq. (11), Lemma 1 and Theorem 2.
 */
export function sumOfGamma(options: SumOfGammaOptions): Noise {
  const name = "sumOfGamma";
  checkOptions(name, options, ["k", "iterations", "centered", "method"]);
  const { k, iterations = 10, centered, method }: Partial<SumOfGammaOptions> = options ?? {};
  if (typeof k !== "number") throw new TypeError(`${name}: k expected a number, got ${typeof k}`);
  if (!(k >= 1 && k < Infinity)) throw new RangeError(`${name}: k expected a finite number ≥ 1, got ${k}`);
  checkInteger(name, "iterations", iterations, 1, 100_000);
  const subtractMean = checkCentered(name, centered);
  if (method !== undefined) checkOneOf(name, "method", method, ["table", "gamma"]);

  const shape = 1 / k;
  let harmonic = 0;
  let squares = 0;
  for (let i = iterations; i >= 1; i--) {
    harmonic += 1 / i;
    squares += 1 / (i * i);
  }
  // Both paths draw the bare sum, whose mean is H_s / κ.
  const shift = -shape * (subtractMean ? harmonic : log(iterations));
  const byTable = method === "table" || (method === undefined && iterations <= TABLE_ITERATIONS);
  let table: Float64Array | undefined;
  const noise: Noise = {
    name,
    mean: subtractMean ? 0 : shape * (harmonic - log(iterations)),
    variance: shape * squares,
    fill(out, rng) {
      checkFloats(name, "out", out);
      checkRng(name, rng, "it is random");
      if (!byTable) return drawGammas(shape, iterations, out, rng, shift);
      table ??= tableOf(shape, iterations);
      drawFromTable(table, out, rng, shift);
    },
  };
  if (!byTable) return noise;
  return withRowDraws(noise, (out, size, rng) => {
    table ??= tableOf(shape, iterations);
    drawRowsFromTable(table, out, size, rng, shift);
  });
}

function tableOf(shape: number, iterations: number): Float64Array {
  const key = `${shape} ${iterations}`;
  let table = tables.get(key);
  if (!table) {
    table = quantileTable(sumOfGammaQuantile(shape, iterations));
    if (tables.size === TABLES_KEPT) tables.delete(tables.keys().next().value!);
    tables.set(key, table);
  }
  return table;
}

function drawGammas(shape: number, iterations: number, out: FloatArray, rng: Rng, shift: number): void {
  for (let i = 0; i < out.length; i++) {
    let sum = shift;
    for (let j = 1; j <= iterations; j++) sum += rng.gamma(shape) / j;
    out[i] = sum;
  }
}
