import { leastSquares } from "./least-squares.ts";
import type { NormalEquations } from "./library.ts";

/** "u_t = −0.9941 u_xx − 0.9963 u_xxxx − 0.9923 u u_x", the terms in the library's order. */
export function equationText(equations: NormalEquations, terms: readonly number[]): string {
  const coefficients = new Float64Array(equations.names.length);
  leastSquares(equations).fit(terms, coefficients);
  return formatEquation(
    terms.map((i) => equations.names[i]!),
    terms.map((i) => coefficients[i]!),
  );
}

export function formatEquation(names: readonly string[], coefficients: readonly number[]): string {
  const parts = names.map((name, i) => {
    const value = coefficients[i]!;
    const sign = value < 0 ? "−" : i === 0 ? "" : "+";
    const term = `${Math.abs(value).toFixed(4)} ${name === "1" ? "" : name}`.trim();
    return i === 0 ? `${sign}${term}` : `${sign} ${term}`;
  });
  return `u_t = ${parts.join(" ") || "0"}`;
}
