/** Checks of what a context holds: one entry, or one number of each element, for every row. */
import { checkInteger, checkNumbers, checkOptions } from "./check.ts";

/** A context without unknown keys. One that says nothing is a slip: the rows would silently be all alike. */
export function checkContextKeys(who: string, context: unknown, allowed: readonly string[]): void {
  checkOptions(who, context, allowed, "context");
  if (context !== undefined && Object.keys(context as object).length === 0) {
    throw new TypeError(
      `${who}: context expected at least one of ${allowed.join(", ")}, got an empty object; leave the context out where all rows are alike`,
    );
  }
}

/** An array of a context with exactly `count` numbers. */
export function checkCount(who: string, what: string, values: ArrayLike<number>, count: number): void {
  checkNumbers(who, `context.${what}`, values, count);
}

/** A mask of exactly `count` numbers; NaN is neither in nor out. */
export function checkMask(who: string, mask: ArrayLike<number>, count: number): void {
  checkCount(who, "mask", mask, count);
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(mask[i])) {
      throw new RangeError(`${who}: context.mask expected numbers, 0 to exclude, got NaN at ${i}`);
    }
  }
}

/** An array of a context with one integer in [min, max] a row. */
export function checkRowIntegers(
  who: string,
  what: string,
  values: ArrayLike<number>,
  rows: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  checkCount(who, what, values, rows);
  for (let r = 0; r < rows; r++) {
    const value = values[r]!;
    if (Number.isInteger(value) && value >= min && value <= max) continue;
    checkInteger(who, `context.${what} of row ${r}`, value, min, max);
  }
}
