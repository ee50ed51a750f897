import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import { atRepetition } from "../composition/parts.ts";
import { repeatedRelaxation } from "../composition/repeated-relaxation.ts";
import type { ExponentialFamily, FloatArray, Part, Relaxation, Structure } from "../contracts.ts";
import { checkInteger, checkLength, checkRng, checkRows } from "../core/check.ts";
import { type Composed, type ContextOf, isFamily, whyInexact } from "../core/composed.ts";
import { contextRows } from "../core/context-rows.ts";
import { rng as makeRng } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";
import { solverSize } from "../core/structure-argument.ts";

/** What `repeat` makes of a structure: with exact inference, states and cardinality where it has them. */
export type Repeated<S extends Structure<never>> = Composed<S, ContextOf<S>> & {
  readonly parts: readonly Part[];
};

/**
 * The same choice several times over, independently: z = (z₁ … z_T), each a state of the structure, each with a θ of its own.
 *
 * A row of θ is `times` rows of the structure's, one behind the other, and so is all that is computed: MAP and exact
 * inference are the structure's on rows × times rows, with log-partition, entropy and log-probability added. A
 * relaxation repeats as well.
 *
 * @param structure a structure or a relaxation; products and repetitions too.
 * @param times repetitions T ≥ 0.
 * @returns the structure or the relaxation; shape [times, …shape]. Its context is the structure's, with rows × times entries.
 *   The cost of rows × times rows. Repetition t of row r samples from `rng.row(r).row(t)`.
 * @throws RangeError for `times` out of range; what the structure throws, with the row and the repetition in its message.
 * @example
 * import { categorical, repeat } from "hardgrad";
 * const letters = repeat(categorical(2), 3); // one of two at each of three places
 * letters.shape; // [3, 2]
 * const z = new Float64Array(6);
 * letters.map(Float64Array.of(0, 1, 2, 0, 0, 3), z);
 * z.join(); // "0,1,1,0,0,1"
 */
export function repeat<S extends Structure<never>>(structure: S, times: number): Repeated<S>;
export function repeat<R extends Relaxation<never>>(relaxation: R, times: number): Relaxation<ContextOf<R>>;
export function repeat(
  structure: Structure<never> | Relaxation<never>,
  times: number,
): Structure<never> | Relaxation<never> {
  const who = "repeat";
  checkInteger(who, "times", times, 0);
  if (typeof structure === "object" && structure !== null && "relax" in structure) {
    solverSize(who, structure.structure, "structure of the relaxation");
    return repeatedRelaxation(who, structure, times, repeatedStructure(who, structure.structure, times));
  }
  solverSize(who, structure);
  return repeatedStructure(who, structure, times);
}

function repeatedStructure<C>(
  who: string,
  structure: Structure<C>,
  times: number,
): Structure<C> | ExponentialFamily<C> {
  const inputShape = "inputShape" in structure ? (structure.inputShape as readonly number[]) : undefined;
  const one = sizeOf(structure.shape);
  const length = times * one;
  const inputLength = times * sizeOf(inputShape ?? structure.shape);
  const within = <T>(run: () => T, row = 0): T => atRepetition(who, times, row * times, run);

  /** The sum over the repetitions of what `run` finds for each. */
  function sum(theta: FloatArray, out: FloatArray, run: (found: Float64Array) => void): void {
    const rows = checkRows(who, theta, inputLength);
    checkLength(who, "out", out, inputLength === 0 ? out.length : rows);
    const found = new Float64Array(out.length * times);
    within(() => run(found));
    for (let row = 0; row < out.length; row++) {
      let total = 0;
      for (let t = 0; t < times; t++) total += found[row * times + t]!;
      out[row] = total;
    }
  }

  const rowsOf = (theta: FloatArray): number => checkRows(who, theta, inputLength);

  const base: Structure<C> = {
    name: who,
    shape: [times, ...structure.shape],
    ...(inputShape && { inputShape: [times, ...inputShape] }),
    ...(structure.cardinality !== undefined && { cardinality: times * structure.cardinality }),
    parts: Array.from({ length: times }, (_, t) => ({
      name: structure.name,
      structure,
      offset: t * one,
      length: one,
      inputOffset: (t * inputLength) / times,
      inputLength: inputLength / times,
    })),
    map(theta, out, context) {
      rowsOf(theta);
      within(() => structure.map(theta, out, context));
    },
    ...(structure.states && {
      *states(context?: C): Generator<Float64Array> {
        const contexts = Array.from({ length: times }, (_, t) =>
          contextRows(who, structure, context, times, t, t + 1),
        );
        yield* depthFirst(states(structure, contexts, new Float64Array(length), 0));
      },
    }),
    ...(structure.contextRows && {
      contextRows: (context: C | undefined, rows: number, from: number, to: number) =>
        structure.contextRows!(context, rows * times, from * times, to * times),
    }),
    ...(structure.report && { report: () => structure.report!() }),
  };
  if (!isFamily(structure)) return { ...base, inexact: whyInexact(structure.name, structure) };

  const family = structure as ExponentialFamily<C>;
  return {
    ...base,
    marginals(theta, mu, context) {
      rowsOf(theta);
      within(() => family.marginals(theta, mu, context));
    },
    marginalsJvp(theta, direction, out, context) {
      rowsOf(theta);
      within(() => family.marginalsJvp(theta, direction, out, context));
    },
    logPartition(theta, out, context) {
      sum(theta, out, (found) => family.logPartition(theta, found, context));
    },
    sample(theta, rng, out, context) {
      const rows = rowsOf(theta);
      checkRng(who, rng, "states are sampled");
      checkLength(who, "out", out, rows * length);
      const result = new Float64Array(rows * length);
      const stream = makeRng(0);
      for (let row = 0; row < rows; row++) {
        const [from, to] = [row * length, (row + 1) * length];
        const own = contextRows(who, structure, context, rows * times, row * times, (row + 1) * times);
        // Streams of the row, not of row · times + t: a row's draws do not depend on the rows before it.
        stream.restart(rng, row);
        within(() => family.sample(theta.subarray(from, to), stream, result.subarray(from, to), own), row);
      }
      out.set(result);
    },
    entropy(theta, out, context) {
      sum(theta, out, (found) => family.entropy(theta, found, context));
    },
    logProbability(theta, z, out, context) {
      sum(theta, out, (found) => family.logProbability(theta, z, found, context));
    },
  };
}

/** The states that begin like z before repetition t. */
function* states<C>(
  structure: Structure<C>,
  contexts: readonly (C | undefined)[],
  z: Float64Array,
  t: number,
): Walk {
  if (t === contexts.length) {
    yield z.slice();
    return;
  }
  for (const own of structure.states!(contexts[t])) {
    z.set(own, t * own.length);
    yield states(structure, contexts, z, t + 1);
  }
}
