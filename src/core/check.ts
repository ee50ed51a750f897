/**
 * Checks at the public boundary. TypeError for the wrong kind, RangeError for a wrong value or shape; the message
 * names who complains, about what, what was expected and what came. Strings are built only when throwing.
 */
import type { FloatArray, Rng } from "../contracts.ts";
import { type CoreKernels, coreKernels } from "./core-kernels.ts";
import { ARENA, type KernelModule } from "./kernels.ts";

/** An integer in [min, max]. */
export function checkInteger(
  who: string,
  what: string,
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  if (typeof value !== "number") throw kind(who, what, "a number", value);
  if (!Number.isInteger(value) || value < min || value > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? `≥ ${min}` : `in [${min}, ${max}]`;
    throw new RangeError(`${who}: ${what} expected an integer ${range}, got ${value}`);
  }
}

/** A finite number. */
export function checkReal(who: string, what: string, value: unknown): void {
  if (typeof value !== "number") throw kind(who, what, "a number", value);
  if (!Number.isFinite(value)) {
    throw new RangeError(`${who}: ${what} expected a finite number, got ${value}`);
  }
}

/** A finite number > 0. */
export function checkPositive(who: string, what: string, value: unknown): void {
  if (typeof value !== "number") throw kind(who, what, "a number", value);
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(`${who}: ${what} expected a finite number > 0, got ${value}`);
  }
}

/** A finite number ≥ 0. */
export function checkNonNegative(who: string, what: string, value: unknown): void {
  if (typeof value !== "number") throw kind(who, what, "a number", value);
  if (!(value >= 0 && value < Infinity)) {
    throw new RangeError(`${who}: ${what} expected a finite number ≥ 0, got ${value}`);
  }
}

/** A number in [0, 1), as decays are. */
export function checkFraction(who: string, what: string, value: unknown): void {
  if (typeof value !== "number") throw kind(who, what, "a number", value);
  if (!(value >= 0 && value < 1)) {
    throw new RangeError(`${who}: ${what} expected a number in [0, 1), got ${value}`);
  }
}

/** One of the listed strings, numbers or booleans. */
export function checkOneOf(who: string, what: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  const expected = `one of ${allowed.map((a) => JSON.stringify(a)).join(", ")}`;
  if (!allowed.some((a) => typeof a === typeof value)) throw kind(who, what, expected, value);
  const got = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new RangeError(`${who}: ${what} expected ${expected}, got ${got}`);
}

/** An object with this method: TypeScript says so, JavaScript finds out late. `expected` says how to make one. */
export function checkMethod(
  who: string,
  what: string,
  value: unknown,
  method: string,
  expected: string,
): void {
  const found = (value as Readonly<Record<string, unknown>> | null | undefined)?.[method];
  if (typeof found !== "function") throw kind(who, what, expected, value);
}

/** The generator of what is random. */
export function checkRng(who: string, rng: Rng | undefined, because: string): asserts rng is Rng {
  checkMethod(who, "rng", rng, "restart", `an Rng because ${because}`);
}

/** A source of noise: an array has a `fill` of its own, but neither mean nor variance. */
export function checkNoise(who: string, noise: unknown): void {
  const expected = "a Noise, as gumbel() makes";
  checkMethod(who, "noise", noise, "fill", expected);
  const { name, mean, variance } = noise as Readonly<Record<string, unknown>>;
  if (typeof mean !== "number" || typeof variance !== "number" || typeof name !== "string") {
    const complete = `${expected}, with a name, a mean and a variance`;
    throw kind(who, "noise", complete, noise);
  }
}

/** A plain options object without unknown keys: a misspelt option must not be silently ignored. */
export function checkOptions(
  who: string,
  options: unknown,
  allowed: readonly string[],
  what = "options",
): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null) throw kind(who, what, "an object", options);
  if (!isPlain(options)) throw kind(who, what, "a plain object with fields of its own", options);
  for (const key of allowed) {
    if (key in options && !Object.hasOwn(options, key)) {
      throw new TypeError(`${who}: ${what} expected fields of its own, got "${key}" from its prototype`);
    }
  }
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      const where = what === "options" ? "" : ` of ${what}`;
      throw new TypeError(
        `${who}: unknown option "${key}"${where}, expected ${allowed.join(", ") || "none"}`,
      );
    }
  }
}

/** Fields that a Map, an array or a prototype hides would be skipped without a word. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Any realm's Object.prototype: an object may come from another window or from a test runner's sandbox.
  return prototype === null || Object.hasOwn(prototype as object, "isPrototypeOf");
}

/** A Float32Array or Float64Array that has its memory. */
export function checkFloats(who: string, what: string, value: unknown): void {
  if (!(value instanceof Float64Array || value instanceof Float32Array)) {
    throw kind(who, what, "a Float32Array or Float64Array", value);
  }
  if (value.length === 0 && isDetached(value)) {
    throw new TypeError(
      `${who}: ${what} expected an array with its memory, got one whose buffer was transferred`,
    );
  }
}

/** Whether the buffer was transferred, or shrunk to before the array's start: both look like an empty array. */
function isDetached(values: FloatArray): boolean {
  try {
    values.at(0);
    return false;
  } catch {
    return true;
  }
}

/** A float array of exactly `length` numbers. */
export function checkLength(who: string, what: string, value: FloatArray, length: number): void {
  checkFloats(who, what, value);
  if (value.length !== length) {
    throw new RangeError(`${who}: ${what} expected length ${length}, got ${value.length}`);
  }
}

/** Exactly `length` numbers in an array of any kind. */
export function checkNumbers(who: string, what: string, values: unknown, length: number): void {
  const array = values as ArrayLike<unknown> | null | undefined;
  if (typeof array !== "object" || typeof array?.length !== "number") {
    throw kind(who, what, "an array of numbers", values);
  }
  if (array.length !== length) {
    throw new RangeError(`${who}: ${what} expected ${length} entries, got ${array.length}`);
  }
  for (let i = 0; i < length; i++) {
    if (typeof array[i] !== "number") throw kind(who, `${what} at ${i}`, "a number", array[i]);
  }
}

/** Largest |θ| that MAP solvers add up: sums of ten million of them stay finite. */
export const MAP_RANGE = 1e300;

/** Largest |θ| of exact inference: in larger sums log-odds of about 1 drown in rounding, 10⁻⁵ here. */
export const INFERENCE_RANGE = 1e10;

/**
 * Rows of `size` numbers in [−range, range], or −Infinity, which excludes an element: every finite number by default.
 * Returns the number of rows.
 */
export function checkTheta(
  who: string,
  theta: FloatArray,
  size: number,
  what = "theta",
  range: number = Number.MAX_VALUE,
): number {
  const rows = checkRows(who, theta, size, what);
  if (allFinite(theta, range)) return rows;
  for (let i = 0; i < theta.length; i++) {
    if (theta[i] === -Infinity || Math.abs(theta[i]!) <= range) continue;
    const limit = range.toExponential().replace("+", "");
    const expected = range === Number.MAX_VALUE ? "finite numbers" : `numbers in [-${limit}, ${limit}]`;
    throw new RangeError(
      `${who}: ${what} expected ${expected} or -Infinity, got ${theta[i]} in row ${Math.floor(i / size)} at ${i % size}`,
    );
  }
  return rows;
}

/** Whether all numbers are in [−range, range], every finite one by default. */
export function allFinite(values: FloatArray, range: number = Number.MAX_VALUE): boolean {
  const scale = Number.MAX_VALUE / range;
  const native = coreKernels(values.length >= KERNEL_NUMBERS);
  if (native) return allFiniteIn(native, values, scale);
  // What is out of range overflows, and x − x is 0 for finite x, else NaN, which sums keep: no branch a number, and two
  // sums side by side.
  let a = 0;
  let b = 0;
  const pairs = values.length & ~1;
  for (let i = 0; i < pairs; i += 2) {
    a += values[i]! * scale - values[i]! * scale;
    b += values[i + 1]! * scale - values[i + 1]! * scale;
  }
  if (pairs < values.length) a += values[pairs]! * scale - values[pairs]! * scale;
  return a + b === 0;
}

/** Fewer numbers than these are faster checked in JavaScript than copied. */
const KERNEL_NUMBERS = 128;
/** Numbers that a kernel checks at once: they stay in the cache. */
const BLOCK = 4096;

function allFiniteIn(native: KernelModule<CoreKernels>, values: FloatArray, scale: number): boolean {
  const single = values instanceof Float32Array;
  const view = single ? native.f32 : native.f64;
  for (let start = 0; start < values.length; start += BLOCK) {
    // A view takes longer than many a check.
    const part = values.length > BLOCK ? values.subarray(start, start + BLOCK) : values;
    view.set(part, ARENA / view.BYTES_PER_ELEMENT);
    if (!native.run.allFinite(single, ARENA, part.length, scale)) return false;
  }
  return true;
}

/** Exactly `length` finite numbers. */
export function checkFinite(who: string, what: string, values: FloatArray, length: number): void {
  checkLength(who, what, values, length);
  if (allFinite(values)) return;
  const at = values.findIndex((x) => !Number.isFinite(x));
  throw new RangeError(`${who}: ${what} expected finite numbers, got ${values[at]} at ${at}`);
}

/** A whole number of rows of `size`. Returns how many; an array of rows of size 0 has none. */
export function checkRows(who: string, values: FloatArray, size: number, what = "theta"): number {
  checkFloats(who, what, values);
  const rows = size === 0 ? 0 : values.length / size;
  if (!Number.isInteger(rows) || (size === 0 && values.length > 0)) {
    throw new RangeError(`${who}: ${what} expected a multiple of ${size} numbers, got ${values.length}`);
  }
  return rows;
}

function kind(who: string, what: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${who}: ${what} expected ${expected}, got ${describe(value)}`);
}

/** What came instead, in a word or two: the kind, and the name where it has one. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "function") return `the function ${value.name || "without a name"}, not its result`;
  const made: unknown = (value as { readonly constructor?: { readonly name?: unknown } } | undefined)
    ?.constructor?.name;
  const name: unknown = typeof value === "object" ? (value as { readonly name?: unknown }).name : undefined;
  const kindOf = typeof made === "string" && made !== "" ? made : typeof value;
  if (typeof name !== "string" || name === "") return kindOf;
  return kindOf === "Object" ? name : `${kindOf} "${name}"`;
}
