/** How a user states an integer linear program, and the flat arrays that a solver takes. */
import type { FloatArray } from "../../contracts.ts";
import { checkInteger, checkOneOf, checkOptions } from "../../core/check.ts";

export interface IlpVariable {
  /** For constraints that speak of it, and for messages. */
  readonly name?: string;
  /** "binary", the default: 0 or 1; "integer"; "continuous". */
  readonly kind?: "binary" | "integer" | "continuous";
  /** Lower bound, 0 by default; −Infinity for none. */
  readonly atLeast?: number;
  /** Upper bound, by default 1 for binary variables and Infinity for others. */
  readonly atMost?: number;
}

/**
 * The left side of a constraint: coefficients of all variables in order; or pairs of a variable, by index or name, and
 * its coefficient; or coefficients by name.
 */
export type IlpTerms =
  | readonly number[]
  | FloatArray
  | Int32Array
  | readonly (readonly [variable: number | string, coefficient: number])[]
  | Readonly<Record<string, number>>;

/** atLeast ≤ Σ coefficient · variable ≤ atMost; `equals` is both. */
export interface IlpConstraint {
  readonly terms: IlpTerms;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly equals?: number;
}

export interface IlpModel {
  /** The variables in the order of θ, or how many binary ones there are. */
  readonly variables: number | readonly IlpVariable[];
  readonly constraints: readonly IlpConstraint[];
}

/** A program in flat arrays; the terms of constraint c are entries start[c] … start[c + 1] − 1. */
export interface IlpArrays {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** 1 where a variable must be whole. */
  readonly integer: Int32Array;
  readonly start: Int32Array;
  readonly variable: Int32Array;
  readonly coefficient: Float64Array;
  readonly rowLower: Float64Array;
  readonly rowUpper: Float64Array;
}

/** Checks a model and flattens it. */
export function ilpArrays(who: string, model: IlpModel): IlpArrays {
  checkFields(`${who}: model`, model, ["variables", "constraints"]);
  const variables =
    typeof model.variables === "number"
      ? binaries(who, model.variables)
      : list<IlpVariable>(who, "variables", model.variables);
  const size = variables.length;
  const lower = new Float64Array(size);
  const upper = new Float64Array(size);
  const integer = new Int32Array(size);
  const index = new Map<string, number>();
  variables.forEach((variable, i) => {
    const at = `${who}: variable ${variable?.name ?? i}`;
    checkFields(at, variable, ["name", "kind", "atLeast", "atMost"]);
    const { name, kind = "binary", atLeast = 0, atMost = kind === "binary" ? 1 : Infinity } = variable;
    if (name !== undefined && typeof name !== "string") throw expected(at, "name", "a string", name);
    checkOneOf(at, "kind", kind, ["binary", "integer", "continuous"]);
    checkBound(at, "atLeast", atLeast);
    checkBound(at, "atMost", atMost);
    if (!(atLeast <= atMost && atLeast < Infinity && atMost > -Infinity)) {
      throw new RangeError(`${at}: bounds expected atLeast ≤ atMost, got ${atLeast} and ${atMost}`);
    }
    if (kind === "binary" && (atLeast < 0 || atMost > 1)) {
      throw new RangeError(
        `${at}: bounds of a binary variable expected in [0, 1], got ${atLeast} and ${atMost}`,
      );
    }
    if (name !== undefined && index.has(name)) throw new RangeError(`${at}: there are two of this name`);
    if (name !== undefined) index.set(name, i);
    integer[i] = kind === "continuous" ? 0 : 1;
    // Exactly what whole numbers can reach, not up to a tolerance; + 0 turns −0 into 0.
    lower[i] = integer[i] === 1 ? Math.ceil(atLeast) + 0 : atLeast;
    upper[i] = integer[i] === 1 ? Math.floor(atMost) + 0 : atMost;
    if (lower[i]! > upper[i]!) {
      throw new RangeError(`${at}: bounds expected an integer between them, got ${atLeast} and ${atMost}`);
    }
  });

  const constraints = list<IlpConstraint>(who, "constraints", model.constraints);
  const start = new Int32Array(constraints.length + 1);
  const rowLower = new Float64Array(constraints.length);
  const rowUpper = new Float64Array(constraints.length);
  const terms: [number, number][] = [];
  constraints.forEach((constraint, c) => {
    const at = `${who}: constraint ${c}`;
    checkFields(at, constraint, ["terms", "atLeast", "atMost", "equals"]);
    const { atLeast, atMost, equals } = constraint;
    checkBound(at, "atLeast", atLeast);
    checkBound(at, "atMost", atMost);
    checkBound(at, "equals", equals);
    if ((equals === undefined) === (atLeast === undefined && atMost === undefined)) {
      throw new RangeError(`${at}: expected either equals, or atLeast or atMost or both`);
    }
    rowLower[c] = equals ?? atLeast ?? -Infinity;
    rowUpper[c] = equals ?? atMost ?? Infinity;
    if (!(rowLower[c]! <= rowUpper[c]! && rowLower[c]! < Infinity && rowUpper[c]! > -Infinity)) {
      throw new RangeError(`${at}: bounds expected atLeast ≤ atMost, got ${rowLower[c]} and ${rowUpper[c]}`);
    }
    const seen = new Set<number>();
    for (const [variable, coefficient] of pairs(at, constraint.terms, size)) {
      const i = typeof variable === "string" ? index.get(variable) : variable;
      if (i === undefined) throw new RangeError(`${at}: there is no variable "${variable}"`);
      checkInteger(at, "variable", i, 0, size - 1);
      if (!Number.isFinite(coefficient)) {
        throw new RangeError(
          `${at}: coefficient of ${variable} expected a finite number, got ${coefficient}`,
        );
      }
      if (seen.has(i)) throw new RangeError(`${at}: variable ${variable} appears twice`);
      seen.add(i);
      terms.push([i, coefficient]);
    }
    start[c + 1] = terms.length;
  });
  return {
    lower,
    upper,
    integer,
    start,
    variable: Int32Array.from(terms, ([i]) => i),
    coefficient: Float64Array.from(terms, ([, coefficient]) => coefficient),
    rowLower,
    rowUpper,
  };
}

function binaries(who: string, count: number): IlpVariable[] {
  checkInteger(who, "variables", count, 0);
  return Array.from({ length: count }, () => ({}));
}

function list<T>(who: string, what: string, value: unknown): readonly T[] {
  if (!Array.isArray(value)) throw new TypeError(`${who}: ${what} expected a list, got ${typeof value}`);
  // `forEach` would pass over holes.
  return Array.from(value);
}

/** An object without unknown keys, which must not be missing. */
function checkFields(at: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== "object" || value === null) throw expected(at, "", "an object", value);
  checkOptions(at, value, allowed);
}

/** A number, infinite or not, if given. */
function checkBound(at: string, what: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "number") throw expected(at, what, "a number", value);
  if (Number.isNaN(value)) throw new RangeError(`${at}: ${what} expected a number, got NaN`);
}

function expected(at: string, what: string, kind: string, value: unknown): TypeError {
  const got = value === null ? "null" : typeof value;
  return new TypeError(`${what ? `${at}: ${what}` : at} expected ${kind}, got ${got}`);
}

function pairs(at: string, terms: IlpTerms, size: number): readonly (readonly [number | string, number])[] {
  if (typeof terms !== "object" || terms === null) {
    throw new TypeError(`${at}: terms expected a list or an object, got ${typeof terms}`);
  }
  if (ArrayBuffer.isView(terms)) return pairs(at, Array.from(terms), size);
  if (!Array.isArray(terms)) return Object.entries(terms);
  if (terms.length === 0 || Array.isArray(terms[0])) {
    terms.forEach((pair, k) => {
      if (!Array.isArray(pair)) throw expected(at, `terms at ${k}`, "a pair", pair);
    });
    return terms;
  }
  if (terms.length !== size) {
    throw new RangeError(`${at}: terms expected ${size} coefficients, got ${terms.length}`);
  }
  return terms.map((coefficient, i) => [i, coefficient] as const);
}
