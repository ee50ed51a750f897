/**
 * Random expressions, by a law in which the values alone tell the answer: shape and operators are drawn first, the
 * answer uniformly, and the values then from the uniform law given that the expression comes to this answer.
 */
import type { Rng } from "../../src/index.ts";
import { CLOSE, DIGITS, OPERATORS, type Operator, rankOf } from "./words.ts";

/** A list, or a value where there are no operands. */
export interface Expression {
  readonly operator: Operator;
  readonly operands: readonly Expression[];
  /** Of its value, where all values are uniform. */
  readonly law: Float64Array;
}

/** Words in reading order. */
export interface Sentence {
  readonly words: number[];
  /** Of each word the operator that it belongs to; −1 for the first. */
  readonly heads: number[];
}

const [FEWEST, MOST] = [2, 5];
/** Chance of an operand to be a list, where it may be. */
const NESTED = 0.3;
const VALUE: Expression = { operator: 0, operands: [], law: new Float64Array(DIGITS).fill(1 / DIGITS) };

/** An expression of at most `length` words whose lists are nested `depth` deep: of 1 … `depth` all alike. */
export function drawExpression(rng: Rng, depth: number, length: number): Expression {
  const target = 1 + below(rng, depth);
  for (;;) {
    const shape = drawShape(rng, target);
    if (depthOf(shape) === target && wordsOf(shape) <= length) return withOperators(shape, rng);
  }
}

/** Values given the answer, exactly, from the answer down to the operands. */
export function fill(expression: Expression, answer: number, rng: Rng): Sentence {
  const sentence: Sentence = { words: [], heads: [] };
  write(expression, answer, -1, rng, sentence);
  return sentence;
}

interface Shape extends Array<Shape> {}

function drawShape(rng: Rng, depth: number): Shape {
  const operands = FEWEST + below(rng, MOST - FEWEST + 1);
  return Array.from({ length: operands }, () =>
    depth > 1 && rng.uniform() < NESTED ? drawShape(rng, depth - 1) : [],
  );
}

function depthOf(shape: Shape): number {
  return shape.reduce((deepest, operand) => Math.max(deepest, 1 + depthOf(operand)), 0);
}

function wordsOf(shape: Shape): number {
  return shape.length === 0 ? 1 : shape.reduce((sum, operand) => sum + wordsOf(operand), 2);
}

function withOperators(shape: Shape, rng: Rng): Expression {
  if (shape.length === 0) return VALUE;
  const operator = below(rng, OPERATORS.length) as Operator;
  const operands = shape.map((operand) => withOperators(operand, rng));
  const law = Float64Array.from({ length: DIGITS }, (_, value) => completions(operator, operands, value)[0]!);
  return { operator, operands, law };
}

/** Of counts of operands below and at a value, in a table of chances. */
const at = (i: number, under: number, equal: number): number => (i * (MOST + 1) + under) * (MOST + 1) + equal;
const table = new Float64Array((MOST + 1) ** 3);

/**
 * How likely operands i, i + 1, … are to bring the operator to a value, after operands of which so many were under the
 * value and so many equal to it. Holds until the next call.
 */
function completions(operator: Operator, operands: readonly Expression[], value: number): Float64Array {
  const n = operands.length;
  const rank = rankOf(operator, n);
  for (let under = 0; under <= n; under++) {
    for (let equal = 0; under + equal <= n; equal++) {
      table[at(n, under, equal)] = +(under <= rank && rank < under + equal);
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const { law } = operands[i]!;
    const less = law.subarray(0, value).reduce((a, b) => a + b, 0);
    const more = law.subarray(value + 1).reduce((a, b) => a + b, 0);
    for (let under = 0; under <= i; under++) {
      for (let equal = 0; under + equal <= i; equal++) {
        table[at(i, under, equal)] =
          less * table[at(i + 1, under + 1, equal)]! +
          law[value]! * table[at(i + 1, under, equal + 1)]! +
          more * table[at(i + 1, under, equal)]!;
      }
    }
  }
  return table;
}

function write(
  { operator, operands }: Expression,
  value: number,
  head: number,
  rng: Rng,
  out: Sentence,
): void {
  const own = out.words.length;
  out.heads.push(head);
  if (operands.length === 0) {
    out.words.push(value);
    return;
  }
  out.words.push(DIGITS + operator);
  // Operand by operand, each value weighed by what it leaves to the others.
  const left = completions(operator, operands, value);
  let [under, equal] = [0, 0];
  const drawn = operands.map(({ law }, i) => {
    const weights = law.map((p, v) => p * left[at(i + 1, under + +(v < value), equal + +(v === value))]!);
    const v = drawIndex(weights, rng);
    under += +(v < value);
    equal += +(v === value);
    return v;
  });
  for (const [i, operand] of operands.entries()) write(operand, drawn[i]!, own, rng, out);
  out.words.push(CLOSE);
  out.heads.push(own);
}

function below(rng: Rng, n: number): number {
  return Math.floor(rng.uniform() * n);
}

/** An index with chance in proportion to its weight; never one of weight 0. */
function drawIndex(weights: ArrayLike<number>, rng: Rng): number {
  let rest = rng.uniform() * Array.from(weights).reduce((a, b) => a + b, 0);
  let last = -1;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    last = i;
    rest -= weights[i]!;
    if (rest < 0) break;
  }
  return last;
}
