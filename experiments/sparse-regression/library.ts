/** The library of candidate terms, and the normal equations of regressing u_t on them. */
import { type Scheme, spaceDerivatives, timeDerivative } from "./derivatives.ts";
import type { Field } from "./field.ts";

/** What is true of the Kuramoto–Sivashinsky equation: three coefficients −1, all others 0. */
export const TRUE_TERMS: readonly string[] = ["u_xx", "u_xxxx", "u u_x"];

const DERIVATIVES: readonly string[] = ["u_x", "u_xx", "u_xxx", "u_xxxx"];

/** u, u², then each derivative alone, times u and times u²; the constant 1 first where it is wanted. */
export function termNames(constant: boolean): string[] {
  const products = ["", "u ", "u² "].flatMap((factor) => DERIVATIVES.map((d) => factor + d));
  return [...(constant ? ["1"] : []), "u", "u²", ...products];
}

/** All that least squares needs to know of the data, as means over its points. */
export interface NormalEquations {
  readonly names: readonly string[];
  /** Points. */
  readonly count: number;
  /** Mean of a_i a_j, terms × terms. */
  readonly gram: Float64Array;
  /** Mean of a_i y. */
  readonly moment: Float64Array;
  /** Mean of y². */
  readonly square: number;
}

export interface LibraryOptions {
  readonly constant: boolean;
  readonly derivatives: Scheme;
  /** Order of accuracy of the time derivative. */
  readonly timeAccuracy: number;
}

export function normalEquations(field: Field, options: LibraryOptions): NormalEquations {
  const { u } = field;
  const space = spaceDerivatives(field, options.derivatives);
  const y = timeDerivative(field, options.timeAccuracy);
  const names = termNames(options.constant);
  const m = names.length;
  const row = new Float64Array(m);
  const gram = new Float64Array(m * m);
  const moment = new Float64Array(m);
  let square = 0;
  for (let p = 0; p < u.length; p++) {
    const value = u[p]!;
    let at = 0;
    if (options.constant) row[at++] = 1;
    row[at++] = value;
    row[at++] = value * value;
    for (let factor = 1, power = 0; power < 3; power++, factor *= value) {
      for (const derivative of space) row[at++] = factor * derivative[p]!;
    }
    for (let i = 0; i < m; i++) {
      const a = row[i]!;
      moment[i]! += a * y[p]!;
      for (let j = 0; j <= i; j++) gram[i * m + j]! += a * row[j]!;
    }
    square += y[p]! ** 2;
  }
  const scale = 1 / u.length;
  for (let i = 0; i < m; i++) {
    moment[i]! *= scale;
    for (let j = 0; j <= i; j++) {
      gram[i * m + j]! *= scale;
      gram[j * m + i] = gram[i * m + j]!;
    }
  }
  return { names, count: u.length, gram, moment, square: square * scale };
}
