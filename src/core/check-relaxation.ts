import type { FloatArray } from "../contracts.ts";
import { checkFinite, checkLength, checkPositive, checkTheta } from "./check.ts";

/** What every relaxation asks of its arguments. Returns the number of rows of `size` utilities. */
export function checkRelaxation(
  who: string,
  size: number,
  utilities: FloatArray,
  temperature: number,
  out: FloatArray,
  cotangent?: FloatArray,
): number {
  const rows = checkTheta(who, utilities, size, "utilities");
  checkPositive(who, "temperature", temperature);
  if (cotangent) checkFinite(who, "cotangent", cotangent, utilities.length);
  checkLength(who, "out", out, utilities.length);
  return rows;
}
