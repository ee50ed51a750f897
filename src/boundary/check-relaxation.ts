import type { FloatArray } from "../contracts.ts";
import { checkFinite, checkLength, checkPositive, checkTheta } from "../core/check.ts";

/** Largest |u|, and the lowest temperature: their quotient stays far from overflow. */
const UTILITY_RANGE = 1e200;
const COLDEST = 1e-100;

/** Rows of `size` utilities in ±1e200, or −Infinity, and a temperature in [1e-100, 1e200]. Returns their number. */
export function checkUtilities(
  who: string,
  size: number,
  utilities: FloatArray,
  temperature: number,
): number {
  const rows = checkTheta(who, utilities, size, "utilities", UTILITY_RANGE);
  checkPositive(who, "temperature", temperature);
  if (temperature < COLDEST || temperature > UTILITY_RANGE) {
    throw new RangeError(`${who}: temperature expected a number in [1e-100, 1e200], got ${temperature}`);
  }
  return rows;
}

/** What every relaxation asks of its arguments. Returns the number of rows of `size` utilities. */
export function checkRelaxation(
  who: string,
  size: number,
  utilities: FloatArray,
  temperature: number,
  out: FloatArray,
  cotangent?: FloatArray,
): number {
  const rows = checkUtilities(who, size, utilities, temperature);
  if (cotangent) checkFinite(who, "cotangent", cotangent, utilities.length);
  checkLength(who, "out", out, utilities.length);
  return rows;
}
