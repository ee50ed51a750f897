/** The vocabulary: digits 0–9 as themselves, then operators that open a list, `]` that closes one, and padding. */
export const DIGITS = 10;
export const OPERATORS = ["max", "min", "median"] as const;
export type Operator = 0 | 1 | 2;
export const CLOSE = DIGITS + OPERATORS.length;
export const PADDING = CLOSE + 1;
export const WORDS = PADDING + 1;

const NAMES = [...Array(DIGITS).keys(), "max[", "min[", "med[", "]", ""].map(String);

/** A word as it is written: `7`, `med[`, `]`. */
export function wordName(word: number): string {
  return NAMES[word]!;
}

/** Where in its sorted operands an operator finds its value; of an even number the median is the lower middle. */
export function rankOf(operator: Operator, operands: number): number {
  return operator === 0 ? operands - 1 : operator === 1 ? 0 : (operands - 1) >> 1;
}
