import { type ActiveSet, activeSet } from "../algorithms/convex/active-set.ts";
import { type OrthonormalBasis, orthonormalBasis } from "../algorithms/convex/orthonormal-basis.ts";
import { checkRelaxation } from "../boundary/check-relaxation.ts";
import { halfSquare, separableObjective } from "../boundary/separable-objective.ts";
import type { FloatArray, Relaxation, Structure } from "../contracts.ts";
import { checkInteger, checkOptions } from "../core/check.ts";
import { lent } from "../core/lent.ts";
import { targetOf } from "../core/overlap.ts";
import { rng } from "../core/rng.ts";
import { structureSize } from "../core/structure-argument.ts";

export interface SparseMapOptions {
  /** The most MAP calls of a row. Default 10,000; the number of states in the result is at most m + 1. */
  readonly iterations?: number;
}

export interface SparseMap<Context> extends Relaxation<Context> {
  /**
   * What was reached since it was made: `rows` solved, `mapCalls` the most of one row, `states` the most in one
   * combination, `gap` the largest ⟨u / t − x, z − x⟩ left over all states z, `unconverged` how many rows ran into the cap.
   */
  report(): Readonly<Record<"rows" | "mapCalls" | "states" | "gap" | "unconverged", number>>;
}

/** A duality gap, relative to the size of what it is a difference of, that is rounding. */
const ROUNDING = 1e-15;
/** How far the direction is turned to find further optimal states: in units of t, and of its largest entry. */
const TURN = 1e-7;
const RELATIVE_TURN = 1e-10;
/** A gap of a state, in units of t and relative to what it is a difference of, that counts as none. */
const ON_FACE = 1e-9;
const RELATIVE_ON_FACE = 1e-14;

/**
 * SparseMAP: the Euclidean projection of u / t onto the convex hull of any structure's states, from MAP calls alone.
 *
 * x = argmax ⟨u, x⟩ − (t/2)‖x‖² over conv(C), a combination of few states, by an active-set method that ends with the
 * exact solution. ∂x/∂u is the projection onto the directions of the face that x lies in, divided by t; the face's
 * states are found by MAP calls in slightly turned directions. A smaller temperature makes x harder and sparser.
 *
 * @param structure any structure whose `map` takes every finite θ; its context is passed on.
 * @param options see {@link SparseMapOptions}.
 * @returns the relaxation. With s states in the combination, O(s) MAP calls and O(s² (s + m)) arithmetic a row. Rows
 *   with a context are solved side by side, as it belongs to the whole batch.
 * @throws TypeError for an unknown option, RangeError for values out of range and for what the structure throws.
 * @example
 * import { kSubset, sparseMap } from "hardgrad";
 * const x = new Float64Array(4);
 * sparseMap(kSubset(4, 2)).relax(Float64Array.of(0, 0.5, 1, 3), 1, x);
 * Array.from(x, (p) => p.toFixed(2)); // ["0.00", "0.25", "0.75", "1.00"]
 * @see Niculae, Martins, Blondel, Cardie: SparseMAP (2018).
 */
export function sparseMap<Context>(
  structure: Structure<Context>,
  options: SparseMapOptions = {},
): SparseMap<Context> {
  const who = "sparseMap";
  checkOptions(who, options, ["iterations"]);
  const { iterations = 10_000 } = options;
  checkInteger(who, "iterations", iterations, 1);
  const size = structureSize(who, structure);
  const done = { rows: 0, mapCalls: 0, states: 0, gap: 0, unconverged: 0 };
  const projectors = lent(() => makeProjector(structure, size, iterations, done));

  const relaxation: SparseMap<Context> = {
    name: who,
    structure,
    relax(utilities, temperature, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out);
      const projector = projectors.take(size);
      projector.solve(rows, utilities, temperature, context);
      for (let row = 0; row < rows; row++) out.set(projector.point(row), row * size);
      projectors.giveBack(size, projector);
    },
    vjp(utilities, temperature, cotangent, out, context): void {
      const rows = checkRelaxation(who, size, utilities, temperature, out, cotangent);
      const projector = projectors.take(size);
      projector.solve(rows, utilities, temperature, context);
      projector.span(rows, utilities, temperature, context);
      const target = targetOf(out, undefined, cotangent);
      for (let row = 0; row < rows; row++) {
        const onFace = projector.project(row, cotangent);
        for (let i = 0; i < size; i++) target[row * size + i] = onFace[i]! / temperature;
      }
      if (target !== out) out.set(target);
      projectors.giveBack(size, projector);
    },
    report: () => ({ ...done }),
  };
  return { ...relaxation, ...separableObjective(who, size, halfSquare, relaxation.relax) };
}

/** Rows of u / t and their projections onto the hull, with all that they need. */
interface Projector<Context> {
  /** Projects every row of u / t onto the hull; u and the structure's context must stay as they are meanwhile. */
  solve(rows: number, utilities: FloatArray, t: number, context: Context | undefined): void;
  /** Finds the faces that the projections of the last `solve` lie in. */
  span(rows: number, utilities: FloatArray, t: number, context: Context | undefined): void;
  point(row: number): Float64Array;
  /** A row of `vectors` projected onto the directions of its face. */
  project(row: number, vectors: FloatArray): Float64Array;
}

function makeProjector<Context>(
  structure: Structure<Context>,
  size: number,
  iterations: number,
  done: Record<"rows" | "mapCalls" | "states" | "gap" | "unconverged", number>,
): Projector<Context> {
  const sets: ActiveSet[] = [];
  /** Of each row's face, as far as it is known. */
  const bases: OrthonormalBasis[] = [];
  const target = new Float64Array(size);
  const state = new Float64Array(size);
  const given = new Float64Array(size);
  const product = new Float64Array(size);
  let directions = new Float64Array(0);
  let states = new Float64Array(0);
  /** Rows that are not done; without a context only these are solved, packed at the front of `directions`. */
  let pending = new Int32Array(0);
  let gapScale = 0;
  const turn = new Float64Array(size);

  function reserve(rows: number): void {
    while (sets.length < rows) {
      sets.push(activeSet(size));
      bases.push(orthonormalBasis(size));
    }
    if (directions.length === rows * size) return;
    directions = new Float64Array(rows * size);
    states = new Float64Array(rows * size);
    pending = new Int32Array(rows);
  }

  /** MAP of the pending rows, the first `count`. */
  function map(rows: number, count: number, context: Context | undefined): void {
    const length = (context === undefined ? count : rows) * size;
    structure.map(directions.subarray(0, length), states.subarray(0, length), context);
  }

  /** Where the direction and the state of pending row p are. */
  const place = (p: number, context: Context | undefined): number =>
    (context === undefined ? p : pending[p]!) * size;

  /** Projects every row of u / t onto the hull; the combinations stay in `sets`. */
  function solve(rows: number, utilities: FloatArray, t: number, context: Context | undefined): void {
    reserve(rows);
    for (let i = 0; i < rows * size; i++) directions[i] = utilities[i]!;
    for (let row = 0; row < rows; row++) {
      pending[row] = row;
      // What no state has counts for nothing.
      for (let i = 0; i < size; i++) target[i] = Math.max(utilities[row * size + i]! / t, -Number.MAX_VALUE);
      sets[row]!.start(target);
    }
    let count = rows;
    for (let call = 1; count > 0; call++) {
      map(rows, count, context);
      let left = 0;
      for (let p = 0; p < count; p++) {
        const row = pending[p]!;
        if (!advance(row, place(p, context), call)) pending[left++] = row;
      }
      count = left;
      for (let p = 0; p < count; p++) {
        const row = pending[p]!;
        const at = place(p, context);
        const { point } = sets[row]!;
        for (let i = 0; i < size; i++) directions[at + i] = utilities[row * size + i]! - t * point[i]!;
      }
    }
  }

  /**
   * Reads the state that MAP has found for a row into `state`. Returns ⟨u / t − x, z − x⟩, how much better than x it is
   * to first order, and leaves the size of what that is a difference of in `gapScale`.
   */
  function gapOf(row: number, at: number): number {
    const { target: u, point } = sets[row]!;
    let gap = 0;
    let scale = 0;
    for (let i = 0; i < size; i++) {
      const z = states[at + i]!;
      const x = point[i]!;
      state[i] = z;
      const difference = z - x;
      if (difference === 0) continue;
      gap += (u[i]! - x) * difference;
      scale += (Math.abs(u[i]!) + Math.abs(x)) * Math.abs(difference);
    }
    gapScale = scale;
    return gap;
  }

  /** Takes the state that MAP has found for a row into its combination; true when the row is done. */
  function advance(row: number, at: number, call: number): boolean {
    const set = sets[row]!;
    const found = gapOf(row, at);
    // The first state is compared with no point yet.
    const gap = call === 1 ? Infinity : found;
    const optimal = (call > 1 && gap <= ROUNDING * gapScale) || !set.add(state) || !set.solve();
    if (!optimal && call < iterations) return false;
    done.rows++;
    done.mapCalls = Math.max(done.mapCalls, call);
    done.states = Math.max(done.states, set.count);
    if (optimal) done.gap = Math.max(done.gap, gap);
    else done.unconverged++;
    return true;
  }

  /** Adds the direction from a row's first state to another of its face; false if it is no new one. */
  function extend(row: number, other: Float64Array): boolean {
    const first = sets[row]!.stateAt(0);
    for (let i = 0; i < size; i++) product[i] = other[i]! - first[i]!;
    return bases[row]!.add(product);
  }

  /**
   * Fills the bases with the directions of each row's face: to the states of its combination, then to others that are
   * as good. Turned a little, away from all that is known of the face, the direction of MAP finds another state of it if
   * there is one. Each round turns another way: what one vector has left beside many directions is rounding. The ways
   * are the same in every call.
   */
  function span(rows: number, utilities: FloatArray, t: number, context: Context | undefined): void {
    for (let row = 0; row < rows; row++) {
      pending[row] = row;
      bases[row]!.clear();
      for (let s = 1; s < sets[row]!.count; s++) extend(row, sets[row]!.stateAt(s));
    }
    const random = rng(1);
    for (let count = rows; count > 0; ) {
      for (let i = 0; i < size; i++) turn[i] = random.normal();
      for (let p = 0; p < count; p++) {
        const row = pending[p]!;
        const at = place(p, context);
        const set = sets[row]!;
        bases[row]!.project(turn, product);
        let largest = 0;
        for (let i = 0; i < size; i++) {
          directions[at + i] = utilities[row * size + i]! - t * set.point[i]!;
          if (directions[at + i]! > -Infinity) largest = Math.max(largest, Math.abs(directions[at + i]!));
        }
        const angle = TURN * t + RELATIVE_TURN * largest;
        for (let i = 0; i < size; i++) {
          directions[at + i] = directions[at + i]! + angle * (turn[i]! - product[i]!);
        }
      }
      map(rows, count, context);
      let left = 0;
      for (let p = 0; p < count; p++) {
        const row = pending[p]!;
        const gap = gapOf(row, place(p, context));
        const onFace = gap >= -ON_FACE - RELATIVE_ON_FACE * gapScale;
        if (onFace && extend(row, state)) pending[left++] = row;
      }
      count = left;
    }
  }

  return {
    solve,
    span,
    point: (row) => sets[row]!.point,
    project(row, vectors) {
      for (let i = 0; i < size; i++) given[i] = vectors[row * size + i]!;
      bases[row]!.project(given, product);
      return product;
    },
  };
}
