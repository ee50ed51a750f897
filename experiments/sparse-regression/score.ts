/** How what a method found compares with the equation. */

import { type Result, result } from "../../lab/run/summary.ts";
import { kSubset } from "../../src/index.ts";
import { equationText } from "./equation.ts";
import { leastSquares } from "./least-squares.ts";
import { type NormalEquations, TRUE_TERMS } from "./library.ts";

/** What a method found: the terms of each run and, for iterative ones, after how many iterations they stood. */
export type Found = { readonly selections: number[][]; readonly settled?: number[] };

export function trueTerms({ names }: NormalEquations): number[] {
  return TRUE_TERMS.map((name) => names.indexOf(name));
}

export function isEquation(terms: readonly number[], equations: NormalEquations): boolean {
  const wanted = trueTerms(equations);
  return terms.length === wanted.length && wanted.every((i) => terms.includes(i));
}

/** Share of the true terms that are found, and of the seeds that found exactly them. */
export function shares(
  selections: readonly number[][],
  equations: NormalEquations,
): { terms: number; equation: number } {
  const wanted = trueTerms(equations);
  const hits = selections.map((terms) => wanted.filter((i) => terms.includes(i)).length);
  return {
    terms: hits.reduce((a, b) => a + b, 0) / wanted.length / selections.length,
    equation: selections.filter((terms) => isEquation(terms, equations)).length / selections.length,
  };
}

export function refit(
  equations: NormalEquations,
  terms: readonly number[],
): { coefficients: Float64Array; rmse: number } {
  const coefficients = new Float64Array(equations.names.length);
  const unexplained = leastSquares(equations).fit(terms, coefficients);
  return { coefficients, rmse: Math.sqrt(unexplained * equations.square) };
}

/** The five best of all subsets, by trying each. */
export function bestSubsets(
  equations: NormalEquations,
  k: number,
): { rank: number; equation: string; rmse: number }[] {
  const subsets = Array.from(kSubset(equations.names.length, k).states!(), (z) => {
    const terms = equations.names.map((_, i) => i).filter((i) => z[i] === 1);
    return { terms, rmse: refit(equations, terms).rmse };
  });
  return subsets
    .sort((a, b) => a.rmse - b.rmse)
    .slice(0, 5)
    .map(({ terms, rmse }, i) => ({ rank: i + 1, equation: equationText(equations, terms), rmse }));
}

export function score(method: string, { selections, settled }: Found, equations: NormalEquations): Result[] {
  const wanted = trueTerms(equations);
  const fits = selections.map((terms) => refit(equations, terms));
  // The largest deviation of any coefficient from the equation: −1 for the true terms, 0 for all others.
  const errors = fits.map(({ coefficients }) =>
    Math.max(...coefficients.map((c, i) => Math.abs(c + (wanted.includes(i) ? 1 : 0)))),
  );
  const each = selections.map((terms) => shares([terms], equations));
  const found = selections.map((_, s) => s).filter((s) => each[s]!.equation === 1);
  const ofFound = (metric: string, value: (s: number) => number): Result[] =>
    found.length > 0 ? [result(method, metric, found.map(value))] : [];
  return [
    result(
      method,
      "equation-found",
      each.map(({ equation }) => equation),
    ),
    result(
      method,
      "terms-found",
      each.map(({ terms }) => terms),
    ),
    result(method, "coefficient-error", errors),
    result(
      method,
      "rmse",
      fits.map(({ rmse }) => rmse),
    ),
    ...(settled ? ofFound("iterations-needed", (s) => settled[s]!) : []),
    ...TRUE_TERMS.flatMap((name, i) =>
      ofFound(`coefficient of ${name}`, (s) => fits[s]!.coefficients[wanted[i]!]!),
    ),
  ];
}

export function mostFrequent(selections: readonly number[][]): number[] {
  const counts = new Map<string, number>();
  for (const terms of selections) counts.set(terms.join(), (counts.get(terms.join()) ?? 0) + 1);
  const [best] = [...counts].sort((a, b) => b[1] - a[1])[0]!;
  return best === "" ? [] : best.split(",").map(Number);
}
