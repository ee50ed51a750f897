import type { ExponentialFamily, FloatArray, Rng, Structure } from "../contracts.ts";
import { checkMethod, checkOptions, describe } from "../core/check.ts";
import { isFamily } from "../core/composed.ts";
import { rng as makeRng } from "../core/rng.ts";
import { familySize, structureSize } from "../core/structure-argument.ts";
import { dot, enumerate, type Truth } from "./enumerate.ts";
import { tiled } from "./tiled.ts";

export interface CheckStructureOptions<Context = unknown> {
  /** The context of one row. */
  readonly context?: Context;
  /** What θ is drawn from; `rng(0)` by default. */
  readonly rng?: Rng;
  /** Makes θ of standard normals, for structures that do not take every θ: negative costs, say. */
  readonly theta?: (normals: Float64Array) => Float64Array;
}

/** Sizes of θ: ties nearly, ordinary, sharp. */
const SCALES: readonly number[] = [0.1, 1, 10];
const DRAWS = 4;
/** Rows of the batches that are compared with single rows. */
const ROWS = 4;
/** More states than this are not enumerated. */
const MOST_STATES = 20_000;
const SAMPLES = 2000;
/** Standard deviations beyond which a mean of samples is wrong: one in ten million by chance. */
const FAR = 5.4;
const TOLERANCE = 1e-7;

/**
 * Checks that a structure does what estimators rely on, for those who bring a solver: MAP against all states, or against the
 * states met elsewhere, where it cannot enumerate them; that a state is written in whole, is finite, and of the stated
 * cardinality; that a batch is its rows one by one; that θ stays as it is; that equal calls give equal states, in single
 * precision too. Where there is exact inference: log-partition, marginals, their Jacobian product, entropy and
 * log-probability against enumeration, or against each other by differences, and samples against the marginals.
 *
 * @param structure any; a small instance tells as much as a large one, and faster.
 * @param options see {@link CheckStructureOptions}.
 * @throws Error that says what is wrong, with the row and the numbers; whatever the structure itself throws.
 * @example
 * import { checkStructure, solver } from "hardgrad";
 * const largest = solver({
 *   shape: [3],
 *   solve(theta, z) {
 *     z.fill(0);
 *     z[theta.indexOf(Math.max(...theta))] = 1;
 *   },
 * });
 * checkStructure(largest); // undefined: nothing is wrong
 */
export function checkStructure<Context = unknown>(
  structure: Structure<Context>,
  options: CheckStructureOptions<Context> = {},
): void {
  const who = "checkStructure";
  checkOptions(who, options, ["context", "rng", "theta"]);
  const { context, rng = makeRng(0), theta: admissible = (x) => x } = options;
  checkMethod(who, "rng", rng, "restart", "an Rng");
  const size = structureSize(who, structure);
  const fail = (what: string): never => {
    throw new Error(`${who}: ${structure.name}: ${what}`);
  };
  let drawn = 0;
  const draw = (scale: number, rows = 1): Float64Array => {
    const stream = rng.split(drawn++);
    return admissible(Float64Array.from({ length: rows * size }, () => scale * stream.normal()));
  };
  checkMap(structure, size, context, draw, fail);
  if (isFamily(structure)) {
    familySize(who, structure);
    checkInference(structure as ExponentialFamily<Context>, size, context, draw, rng, fail);
  }
}

type Draw = (scale: number, rows?: number) => Float64Array;
type Fail = (what: string) => never;

function checkMap<C>(
  structure: Structure<C>,
  size: number,
  context: C | undefined,
  draw: Draw,
  fail: Fail,
): void {
  const states = statesOf(structure, size, context, fail);
  const known = states && new Set(states.map((z) => z.join()));
  const met: Float64Array[] = states ?? [];
  const map = (theta: FloatArray): FloatArray => {
    const before = theta.slice();
    const z = theta.slice().fill(Number.NaN);
    structure.map(theta, z, context);
    if (theta.some((x, i) => x !== before[i])) fail("map changed theta");
    return z;
  };
  const cardinality = context === undefined ? structure.cardinality : undefined;
  for (const scale of SCALES) {
    for (let i = 0; i < DRAWS; i++) {
      const theta = draw(scale);
      const z = Float64Array.from(map(theta));
      const bad = z.findIndex((x) => !Number.isFinite(x));
      if (bad >= 0)
        fail(`map wrote ${z[bad]} at ${bad}, expected a state in whole (out comes filled with NaN)`);
      if (known && !known.has(z.join())) fail(`map wrote [${brief(z)}], which is none of its states()`);
      if (cardinality !== undefined && sum(z) !== cardinality) {
        fail(`map wrote a state of ${sum(z)} ones, and its cardinality is ${cardinality}`);
      }
      const score = dot(z, theta);
      if (!states) met.push(z);
      for (const other of met) {
        const better = dot(other, theta);
        if (better - score > TOLERANCE * (1 + Math.abs(score) + Math.abs(better))) {
          fail(
            `map wrote [${brief(z)}] of score ${score}, and [${brief(other)}] has ${better} at theta [${brief(theta)}]`,
          );
        }
      }
      if (map(theta).join() !== z.join()) fail("map gave another state for the same theta");
      const single = Float32Array.from(theta);
      if (map(single).join() !== map(Float64Array.from(single)).join()) {
        fail("map gave another state for the same theta in single precision");
      }
    }
  }
  // How a context of the structure's own kind is put together, nobody knows.
  if (context !== undefined && hasOwnRule(structure)) return;
  const theta = draw(1, ROWS);
  const batch = new Float64Array(theta.length).fill(Number.NaN);
  structure.map(theta, batch, tiled(context, ROWS, structure.contextRows !== undefined));
  for (let row = 0; row < ROWS; row++) {
    const [from, to] = [row * size, (row + 1) * size];
    const one = map(theta.slice(from, to));
    if (batch.subarray(from, to).join() !== one.join()) {
      fail(
        `row ${row} of a batch of ${ROWS} is [${brief(batch.subarray(from, to))}], alone it is [${brief(one)}]`,
      );
    }
  }
}

/** Whether contexts divide by a rule that is not that of contexts, nor of lists with one a part. */
function hasOwnRule({ parts, contextRows }: Structure<never>): boolean {
  if (parts && parts.length > 0) return parts.some(({ structure }) => hasOwnRule(structure));
  return contextRows !== undefined;
}

/** All states, checked; undefined where there are none to enumerate or too many. */
function statesOf<C>(
  structure: Structure<C>,
  size: number,
  context: C | undefined,
  fail: Fail,
): Float64Array[] | undefined {
  if (structure.states === undefined) return undefined;
  if (typeof structure.states !== "function") fail(`states is no method, but ${describe(structure.states)}`);
  const listed: Iterable<unknown> | undefined = structure.states(context);
  if (typeof listed?.[Symbol.iterator] !== "function") fail(`states() returned ${describe(listed)}, no list`);
  const states: Float64Array[] = [];
  for (const z of listed) {
    if (!(z instanceof Float64Array)) return fail(`states() yields ${describe(z)}, expected a Float64Array`);
    if (z.length !== size) fail(`states() yields ${z.length} numbers, expected ${size}`);
    states.push(z);
    if (states.length > MOST_STATES) return undefined;
  }
  if (new Set(states.map((z) => z.join())).size < states.length) {
    fail("states() yields a state twice, or one array over and over");
  }
  if (context !== undefined || structure.cardinality === undefined) return states;
  const other = states.find((z) => sum(z) !== structure.cardinality);
  if (other)
    fail(`states() yields one of ${sum(other)} ones, and its cardinality is ${structure.cardinality}`);
  return states;
}

function checkInference<C>(
  family: ExponentialFamily<C>,
  size: number,
  context: C | undefined,
  draw: Draw,
  rng: Rng,
  fail: Fail,
): void {
  const row = (f: (out: Float64Array) => void, length = size): Float64Array => {
    const out = new Float64Array(length).fill(Number.NaN);
    f(out);
    return out;
  };
  const marginals = (theta: Float64Array) => row((out) => family.marginals(theta, out, context));
  const logPartition = (theta: Float64Array) => row((out) => family.logPartition(theta, out, context), 1)[0]!;
  const close = (
    what: string,
    got: ArrayLike<number>,
    want: ArrayLike<number>,
    tolerance = TOLERANCE,
  ): void => {
    for (let i = 0; i < want.length; i++) {
      if (Math.abs(got[i]! - want[i]!) <= tolerance * (1 + Math.abs(want[i]!)) || got[i] === want[i])
        continue;
      fail(`${what} is ${got[i]} at ${i}, expected ${want[i]}`);
    }
  };
  const states = statesOf(family, size, context, fail);
  for (const scale of SCALES) {
    const theta = draw(scale);
    // Not by `admissible`: a direction may have any sign.
    const direction = Float64Array.from(theta, (_, i) => Math.sin(3 * i + 1));
    const mu = marginals(theta);
    const product = row((out) => family.marginalsJvp(theta, direction, out, context));
    const log = logPartition(theta);
    const entropy = row((out) => family.entropy(theta, out, context), 1);
    if (states) {
      const truth: Truth = enumerate(family, theta, context);
      close("marginals", mu, truth.marginals);
      close("marginalsJvp", product, truth.jvp(direction));
      close("logPartition", [log], [truth.logPartition]);
      close("entropy", entropy, [truth.entropy]);
      for (const z of states.slice(0, 20)) {
        const got = row((out) => family.logProbability(theta, z, out, context), 1);
        close("logProbability", got, [truth.logProbability(z)]);
      }
    } else {
      const step = 1e-4;
      const along = (by: number) => theta.map((x, i) => x + by * direction[i]!);
      const slope = (logPartition(along(step)) - logPartition(along(-step))) / (2 * step);
      close("the slope of logPartition along a direction", [slope], [dot(mu, direction)], 1e-4);
      const [above, below] = [marginals(along(step)), marginals(along(-step))];
      close(
        "marginalsJvp",
        product,
        above.map((x, i) => (x - below[i]!) / (2 * step)),
        1e-3,
      );
      close("entropy", entropy, [log - dot(mu, theta)]);
    }
    const mean = new Float64Array(size);
    for (let s = 0; s < SAMPLES; s++) {
      const z = row((out) => family.sample(theta, rng.split(s), out, context));
      for (let i = 0; i < size; i++) mean[i]! += z[i]! / SAMPLES;
    }
    for (let i = 0; i < size; i++) {
      // Of bits; where states have other entries, their own spread is left to the caller's tests.
      const spread = Math.sqrt(Math.max(mu[i]! * (1 - mu[i]!), 0) / SAMPLES);
      if (Math.abs(mean[i]! - mu[i]!) <= FAR * spread + 10 / SAMPLES) continue;
      fail(`${SAMPLES} samples have the mean ${mean[i]} at ${i}, and the marginal is ${mu[i]}`);
    }
  }
}

function sum(z: FloatArray): number {
  let total = 0;
  for (const x of z) total += x;
  return total;
}

function brief(z: FloatArray): string {
  const shown = Array.from(z.subarray(0, 12), (x) => Number(x.toPrecision(4))).join(", ");
  return z.length > 12 ? `${shown}, …` : shown;
}
