/**
 * What a caller may pass as a structure: the mistakes are common and their remedies known, so each message names both.
 */
import { describe } from "./check.ts";
import { sizeOf } from "./shape.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A structure with a MAP solver, whose θ may have another shape than its z. Returns the size of one z. */
export function solverSize(who: string, value: unknown, what = "structure"): number {
  const expected = `${who}: ${what} expected a structure with a MAP solver, as kSubset(20, 10) makes`;
  const structure = asObject(expected, value);
  if (typeof structure.map !== "function") throw new TypeError(`${expected}, got ${wrongKind(structure)}`);
  if (!("shape" in structure)) {
    // `minimizing` leaves the shape out, so that it is not taken for a structure.
    throw new TypeError(
      `${who}: ${what} expected a structure with a shape, got ${describe(structure)}; costs go around the layer: minimizing(imle(structure))`,
    );
  }
  const { shape } = structure;
  if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    const got = Array.isArray(shape) ? `[${shape.map(describe).join(", ")}]` : describe(shape);
    throw new TypeError(`${who}: shape of ${what} expected an array of integers ≥ 0, got ${got}`);
  }
  return sizeOf(shape as number[]);
}

/** A structure with a MAP solver. Returns the size of one θ and one z. */
export function structureSize(who: string, value: unknown, what = "structure"): number {
  const size = solverSize(who, value, what);
  if ("inputShape" in (value as Fields)) {
    throw new TypeError(
      `${who}: ${what} expected a structure whose θ is as large as its z, got ${describe(value)}; it is relaxed by neuralSort`,
    );
  }
  return size;
}

/** A structure with exact inference. Returns the size of one θ and one z. */
export function familySize(who: string, value: unknown, what = "family"): number {
  const family = asObject(`${who}: ${what} expected a structure with exact inference`, value);
  if (typeof family.inexact === "string") {
    const expected = `${who}: ${what} expected a structure with exact inference`;
    throw new TypeError(`${expected}, and ${describe(family)} has none: ${family.inexact}`);
  }
  const size = structureSize(who, value, what);
  for (const method of ["marginals", "marginalsJvp", "logPartition", "sample"]) {
    if (typeof family[method] === "function") continue;
    throw new TypeError(
      `${who}: ${what} expected a structure with exact inference, and ${describe(family)} has none (no ${method}); from MAP alone work imle, blackBox, identity, straightThrough, perturbedOptimizer, sparseMap, and scoreFunction with its option noise`,
    );
  }
  return size;
}

/** One of the structures of these names, by their constructors' names. */
export function checkNamedStructure(who: string, value: unknown, names: readonly string[]): void {
  const expected = `${who}: structure expected a ${names.join(" or a ")}`;
  const structure = asObject(expected, value);
  if (names.includes(structure.name as string) && Array.isArray(structure.shape)) return;
  throw new TypeError(`${expected}, got ${describe(structure)}`);
}

/** Any object but an array, whose own `map` would pass for a solver. */
function asObject(expected: string, value: unknown): Fields {
  const isObject = typeof value === "object" && value !== null;
  if (!isObject || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new TypeError(`${expected}, got ${describe(value)}`);
  }
  return value as Fields;
}

function wrongKind(value: Fields): string {
  if (typeof value.forward === "function") return `the layer ${describe(value)}`;
  if (typeof value.relax === "function") return `the relaxation ${describe(value)}: for stochasticSoftmax`;
  if (typeof value.fill === "function") return `the noise ${describe(value)}`;
  return describe(value);
}
