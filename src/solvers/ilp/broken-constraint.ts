import type { IlpArrays } from "./ilp-model.ts";

export type IlpRows = Pick<IlpArrays, "start" | "variable" | "rowLower" | "rowUpper"> & {
  readonly coefficient: ArrayLike<number>;
};

/** HiGHS's own tolerance for linear programs: what continuous variables may be off by. */
const SOLVER = 1e-7;
/** Above what doubles lose in a sum of thousands of terms, relative to the sum of their absolute values. */
const ROUNDING = 1e-12;

/**
 * The first constraint that `x` breaks, −1 where all hold: what `states` and `map` both mean by feasible. With whole
 * data one unit too many is noticed while the terms' absolute values sum to less than 10¹².
 */
export function brokenConstraint(rows: IlpRows, x: ArrayLike<number>): number {
  const { start, variable, coefficient, rowLower, rowUpper } = rows;
  for (let c = 0, k = 0; c + 1 < start.length; c++) {
    let sum = 0;
    let scale = 0;
    for (; k < start[c + 1]!; k++) {
      const term = coefficient[k]! * x[variable[k]!]!;
      sum += term;
      scale += Math.abs(term);
    }
    const slack = SOLVER + ROUNDING * scale;
    if (!(sum >= rowLower[c]! - slack && sum <= rowUpper[c]! + slack)) return c;
  }
  return -1;
}

/** Says how `x` breaks constraint c. */
export function describeBroken(rows: IlpRows, x: ArrayLike<number>, c: number): string {
  let sum = 0;
  for (let k = rows.start[c]!; k < rows.start[c + 1]!; k++)
    sum += rows.coefficient[k]! * x[rows.variable[k]!]!;
  return `constraint ${c}, expected a sum in [${rows.rowLower[c]}, ${rows.rowUpper[c]}], got ${sum}`;
}
