import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import { atPart, columns, contextsOf, setColumns, sideBySide } from "../composition/parts.ts";
import { productRelaxation } from "../composition/product-relaxation.ts";
import type { ExponentialFamily, FloatArray, Part, Relaxation, Rng, Structure } from "../contracts.ts";
import { checkLength, checkMethod, checkRng, checkRows, describe } from "../core/check.ts";
import { type Composed, type ContextOf, isFamily, whyInexact } from "../core/composed.ts";
import { contextRows } from "../core/context-rows.ts";
import { solverSize } from "../core/structure-argument.ts";

/** The contexts of the parts, one entry a part; `undefined` for a part without. */
export type ProductContext<P extends readonly unknown[]> = {
  readonly [I in keyof P]: ContextOf<P[I]> | undefined;
};

/** What `product` makes of structures: with exact inference, states and cardinality where every part has them. */
export type Product<P extends readonly Structure<never>[]> = Composed<P[number], ProductContext<P>> & {
  readonly parts: readonly Part[];
};

/**
 * Independent choices side by side: z = (z₁, z₂, …) with each part's states, θ and z concatenated in the order of the parts.
 *
 * MAP is each part's. So is exact inference, where every part has it: p(z) = Π_i p(z_i), marginals and Jacobian products
 * side by side, log-partition, entropy and log-probability added. Relaxations compose as well: the product of relaxations
 * relaxes the product of their structures, with f(x) = Σ_i f_i(x_i).
 *
 * @param parts structures, or relaxations; products and repetitions too.
 * @returns the structure or the relaxation; shape [the sum of the parts' sizes], and `inputShape` where a part's θ has
 *   another shape than its z. Its context is a list with one context a part. `parts` says where to cut values.
 *   The cost of the parts, and of copying their columns. Part i samples from `rng.split(i)`.
 * @throws TypeError where structures and relaxations are mixed; what the parts throw, with the part's number in front.
 * @example
 * import { kSubset, matching, product } from "hardgrad";
 * const both = product([kSubset(3, 1), matching(2)]);
 * const z = new Float64Array(7);
 * both.map(Float64Array.of(0, 2, 1, 0, 1, 1, 0), z, [{ k: [2] }, undefined]);
 * z; // Float64Array [0, 1, 1, 0, 1, 1, 0]
 * const { name, offset, length } = both.parts[1];
 * z.slice(offset, offset + length); // Float64Array [0, 1, 1, 0]
 */
export function product<const P extends readonly Structure<never>[]>(parts: P): Product<P>;
export function product<const P extends readonly Relaxation<never>[]>(
  parts: P,
): Relaxation<ProductContext<P>>;
export function product(
  parts: readonly (Structure<never> | Relaxation<never>)[],
): Structure<readonly never[]> | Relaxation<readonly never[]> {
  const who = "product";
  if (!Array.isArray(parts)) {
    throw new TypeError(`${who}: parts expected a list of structures or of relaxations, got ${typeof parts}`);
  }
  const relaxed = parts.length > 0 && typeof parts[0]?.relax === "function";
  parts.forEach((part, i) => {
    if (relaxed) checkMethod(who, `part ${i}`, part, "relax", "a relaxation, as part 0 is");
    else if (typeof part?.relax === "function") {
      throw new TypeError(
        `${who}: part ${i} expected a structure, as part 0 is, got the relaxation ${describe(part)}`,
      );
    }
    solverSize(who, relaxed ? part.structure : part, `${relaxed ? "structure of " : ""}part ${i}`);
  });
  if (!relaxed) return productStructure(who, parts);
  return productRelaxation(
    who,
    parts,
    productStructure(
      who,
      parts.map(({ structure }) => structure),
    ),
  );
}

type Family = ExponentialFamily<never>;
type Contexts = readonly never[];

function productStructure(
  who: string,
  structures: readonly Family[],
): Structure<Contexts> | ExponentialFamily<Contexts> {
  const { parts, size, inputSize } = sideBySide(
    structures.map((structure) => ({
      name: structure.name,
      structure,
      ...("inputShape" in structure && { inputShape: structure.inputShape as readonly number[] }),
    })),
  );

  /** Number of rows; rows of nothing do not tell it, `perRow` does. */
  function rowsOf(theta: FloatArray, perRow?: FloatArray): number {
    const rows = checkRows(who, theta, inputSize);
    return inputSize === 0 && perRow ? perRow.length : rows;
  }

  function each(
    context: Contexts | undefined,
    run: (family: Family, part: Part, own: never, index: number) => void,
  ): void {
    const contexts = contextsOf(who, context, parts.length);
    structures.forEach((family, index) => {
      atPart(who, index, () => run(family, parts[index]!, contexts[index] as never, index));
    });
  }

  /** What the parts write for each row, side by side; nothing is written to `out` before all have. */
  function side(
    theta: FloatArray,
    out: FloatArray,
    what: string,
    context: Contexts | undefined,
    run: (
      family: Family,
      theta: Float64Array,
      out: Float64Array,
      own: never,
      part: Part,
      index: number,
    ) => void,
  ): void {
    const rows = rowsOf(theta);
    checkLength(who, what, out, rows * size);
    const result = new Float64Array(rows * size);
    each(context, (family, part, own, index) => {
      const found = new Float64Array(rows * part.length);
      // Rows of nothing do not tell how many contexts there should be.
      if (part.inputLength > 0) {
        run(
          family,
          columns(theta, rows, inputSize, part.inputOffset, part.inputLength),
          found,
          own,
          part,
          index,
        );
      }
      setColumns(found, result, rows, size, part.offset, part.length);
    });
    out.set(result);
  }

  /** The sum of what the parts find for each row. */
  function sum(
    theta: FloatArray,
    out: FloatArray,
    context: Contexts | undefined,
    run: (family: Family, theta: Float64Array, out: Float64Array, own: never, part: Part) => void,
  ): void {
    const rows = rowsOf(theta, out);
    checkLength(who, "out", out, rows);
    const total = new Float64Array(rows);
    each(context, (family, part, own) => {
      const found = new Float64Array(rows);
      run(family, columns(theta, rows, inputSize, part.inputOffset, part.inputLength), found, own, part);
      for (let row = 0; row < rows; row++) total[row] = total[row]! + found[row]!;
    });
    out.set(total);
  }

  const base: Structure<Contexts> = {
    name: who,
    shape: [size],
    ...(structures.some((structure) => "inputShape" in structure) && { inputShape: [inputSize] }),
    ...(structures.every(({ cardinality }) => cardinality !== undefined) && {
      cardinality: structures.reduce((ones, { cardinality }) => ones + cardinality!, 0),
    }),
    parts,
    map(theta, out, context) {
      side(theta, out, "out", context, (family, t, z, own) => family.map(t, z, own));
    },
    ...(structures.every(({ states }) => states) && {
      *states(context?: Contexts): Generator<Float64Array> {
        const contexts = contextsOf(who, context, parts.length);
        yield* depthFirst(states(structures, parts, contexts, new Float64Array(size), 0));
      },
    }),
    contextRows: (context, rows, from, to) =>
      contextsOf(who, context, parts.length).map((own, i) =>
        contextRows(who, structures[i]!, own, rows, from, to),
      ),
    ...(structures.some(({ report }) => report) && {
      report: () =>
        Object.fromEntries(
          structures.flatMap((structure, i) =>
            Object.entries(structure.report?.() ?? {}).map(([key, value]) => [`part ${i} ${key}`, value]),
          ),
        ),
    }),
  };
  const odd = structures.findIndex((structure) => !isFamily(structure));
  if (odd >= 0)
    return { ...base, inexact: whyInexact(`part ${odd}, ${structures[odd]!.name},`, structures[odd]!) };

  return {
    ...base,
    marginals(theta, mu, context) {
      side(theta, mu, "mu", context, (family, t, out, own) => family.marginals(t, out, own));
    },
    marginalsJvp(theta, direction, out, context) {
      const rows = rowsOf(theta);
      checkLength(who, "direction", direction, rows * size);
      side(theta, out, "out", context, (family, t, jvp, own, { offset, length }) =>
        family.marginalsJvp(t, columns(direction, rows, size, offset, length), jvp, own),
      );
    },
    logPartition(theta, out, context) {
      sum(theta, out, context, (family, t, found, own) => family.logPartition(t, found, own));
    },
    sample(theta, rng: Rng, out, context) {
      checkRng(who, rng, "states are sampled");
      side(theta, out, "out", context, (family, t, z, own, _, index) =>
        family.sample(t, rng.split(index), z, own),
      );
    },
    entropy(theta, out, context) {
      sum(theta, out, context, (family, t, found, own) => family.entropy(t, found, own));
    },
    logProbability(theta, z, out, context) {
      const rows = rowsOf(theta, out);
      checkLength(who, "z", z, rows * size);
      sum(theta, out, context, (family, t, found, own, { offset, length }) =>
        family.logProbability(t, columns(z, rows, size, offset, length), found, own),
      );
    },
  };
}

/** The states that begin like z before part `index`. */
function* states(
  structures: readonly Structure<never>[],
  parts: readonly Part[],
  contexts: readonly unknown[],
  z: Float64Array,
  index: number,
): Walk {
  if (index === parts.length) {
    yield z.slice();
    return;
  }
  for (const own of structures[index]!.states!(contexts[index] as never)) {
    z.set(own, parts[index]!.offset);
    yield states(structures, parts, contexts, z, index + 1);
  }
}
