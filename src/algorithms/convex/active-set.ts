/**
 * The nearest point of conv(C) to y, kept as a convex combination of few states (Wolfe 1976, "Finding the nearest point
 * in a polytope"). Outside, a solver proposes the state that is best in the direction y − x; here the combination is
 * brought up to date.
 *
 * Invariant: the states are affinely independent, so that G = Z Zᵀ + 1 1ᵀ is positive definite; L is its Cholesky
 * factor. The nearest point of the affine hull solves G w = Z y + ν 1, Σw = 1, and y counts only up to what is the
 * same for all states. Scratch: grows with the square of the number of states, at most m + 1.
 */
import { combineRows } from "../combine-rows.ts";
import { dotProducts } from "../dot-products.ts";

export interface ActiveSet {
  /** How many states. */
  readonly count: number;
  /** y. */
  readonly target: Float64Array;
  /** x = Σ w_i z_i. */
  readonly point: Float64Array;
  /** Forgets everything; `target` is y, which must be finite. */
  start(target: Float64Array): void;
  /** Adds a state; false, and no change, if it lies in the affine hull already. */
  add(state: Float64Array): boolean;
  /**
   * Moves x to the nearest point of the states' hull, dropping states that it does not need. False if the last state
   * is dropped at once: it was better by rounding alone.
   */
  solve(): boolean;
  /** A view of state i. */
  stateAt(i: number): Float64Array;
}

/** A pivot this small beside the diagonal means that a state is in the affine hull but for rounding. */
const DEPENDENT = 1e-11;
/** Weights below this are rounding. */
const NOTHING = 1e-14;

export function activeSet(size: number): ActiveSet {
  let capacity = 4;
  /** States, row by row. */
  let states: Float64Array = new Float64Array(capacity * size);
  /** Lower triangle, rows of `capacity` numbers. */
  let factor: Float64Array = new Float64Array(capacity * capacity);
  let weights: Float64Array = new Float64Array(capacity);
  let next: Float64Array = new Float64Array(capacity);
  let ones: Float64Array = new Float64Array(capacity);
  /** Of the states, for y. */
  let scores: Float64Array = new Float64Array(capacity);
  const point = new Float64Array(size);
  const y = new Float64Array(size);
  let count = 0;

  function grow(): void {
    const old = { states, factor, weights, scores, capacity };
    capacity *= 2;
    states = new Float64Array(capacity * size);
    factor = new Float64Array(capacity * capacity);
    weights = new Float64Array(capacity);
    next = new Float64Array(capacity);
    ones = new Float64Array(capacity);
    scores = new Float64Array(capacity);
    states.set(old.states);
    weights.set(old.weights);
    scores.set(old.scores);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) factor[i * capacity + j] = old.factor[i * old.capacity + j]!;
    }
  }

  /** Computes row i of the factor; false if the pivot vanishes. */
  function factorise(i: number): boolean {
    const [l, own] = [factor, i * capacity];
    let square = 1;
    for (let p = 0; p < size; p++) square += states[i * size + p]! ** 2;
    let pivot = square;
    dotProducts(states, size, i, 1, l, own);
    for (let j = 0; j < i; j++) {
      const other = j * capacity;
      let value = l[own + j]!;
      for (let q = 0; q < j; q++) value -= l[own + q]! * l[other + q]!;
      value /= l[other + j]!;
      l[own + j] = value;
      pivot -= value * value;
    }
    l[own + i] = Math.sqrt(Math.max(pivot, 0));
    return pivot > DEPENDENT * square;
  }

  /** Solves G x = b in place. */
  function solveGram(b: Float64Array): void {
    for (let i = 0; i < count; i++) {
      let sum = b[i]!;
      for (let j = 0; j < i; j++) sum -= factor[i * capacity + j]! * b[j]!;
      b[i] = sum / factor[i * capacity + i]!;
    }
    for (let i = count - 1; i >= 0; i--) {
      let sum = b[i]!;
      for (let j = i + 1; j < count; j++) sum -= factor[j * capacity + i]! * b[j]!;
      b[i] = sum / factor[i * capacity + i]!;
    }
  }

  /**
   * ⟨z_i, y⟩ relative to the first state's, entry by entry: what all states have in common cancels exactly.
   */
  function score(i: number): void {
    let sum = 0;
    for (let p = 0; p < size; p++) {
      const difference = states[i * size + p]! - states[p]!;
      if (difference !== 0) sum += difference * y[p]!;
    }
    scores[i] = sum;
  }

  /** Weights of the point of the affine hull nearest to y. */
  function affine(): void {
    for (let i = 0; i < count; i++) {
      next[i] = scores[i]!;
      ones[i] = 1;
    }
    solveGram(next);
    solveGram(ones);
    let sum = 0;
    let sumOfOnes = 0;
    for (let i = 0; i < count; i++) {
      sum += next[i]!;
      sumOfOnes += ones[i]!;
    }
    const shift = (1 - sum) / sumOfOnes;
    for (let i = 0; i < count; i++) next[i] = next[i]! + shift * ones[i]!;
  }

  function drop(index: number): void {
    for (let i = index; i + 1 < count; i++) {
      states.copyWithin(i * size, (i + 1) * size, (i + 2) * size);
      weights[i] = weights[i + 1]!;
      scores[i] = scores[i + 1]!;
    }
    count--;
    for (let i = index; i < count; i++) factorise(i);
    for (let i = 0; index === 0 && i < count; i++) score(i);
  }

  return {
    get count() {
      return count;
    },
    target: y,
    point,
    start(target): void {
      y.set(target);
      point.fill(0);
      count = 0;
    },
    add(state): boolean {
      if (count === capacity) grow();
      states.set(state, count * size);
      if (!factorise(count)) return false;
      weights[count] = count === 0 ? 1 : 0;
      score(count);
      count++;
      return true;
    },
    solve(): boolean {
      let progress = true;
      for (;;) {
        affine();
        // The way from the weights to those of the affine hull's nearest point, as far as none becomes negative.
        let length = 1;
        let blocking = -1;
        for (let i = 0; i < count; i++) {
          if (next[i]! > NOTHING) continue;
          const ratio = weights[i]! / (weights[i]! - next[i]!);
          if (blocking < 0 || ratio < length) {
            length = ratio;
            blocking = i;
          }
        }
        for (let i = 0; i < count; i++) {
          weights[i] = blocking < 0 ? next[i]! : weights[i]! + length * (next[i]! - weights[i]!);
        }
        if (blocking < 0) break;
        if (length === 0 && blocking === count - 1) progress = false;
        drop(blocking);
      }
      combineRows(states, size, weights, count, point);
      return progress;
    },
    stateAt: (i) => states.subarray(i * size, (i + 1) * size),
  };
}
