/**
 * Labels y_0 … y_{T−1} along a line, each out of L:
 *
 *     p(y) ∝ exp(Σ_t unary[t][y_t] + Σ_t transition[t][y_t][y_{t+1}]).
 *
 * `sums` runs from the last position to the first (the backward half of forward–backward) and leaves P(y_{t+1} | y_t)
 * for every transition; marginals, derivative, entropy and samples are averages along this Markov chain. One exponential
 * a transition, O(T L²) time and memory. The log-sums of each position are shifted so that the largest is 0: what
 * matters stays small, so long chains of large logits lose nothing.
 */

import type { Rng } from "../../contracts.ts";
import { exp, log } from "../../core/log-exp.ts";
import { depthFirst, type Walk } from "../depth-first.ts";
import type { RowKernel } from "../row-kernel.ts";

export interface LabelChain extends RowKernel {
  /** The row has its first `length` positions; the others have no label. */
  setRow(length: number): void;
}

export function labelChain(capacity: number, labels: number): LabelChain {
  const square = labels * labels;
  /** Where θ's transitions begin, and how many numbers it has. */
  const edges = capacity * labels;
  const size = edges + Math.max(0, capacity - 1) * square;
  const theta = new Float64Array(size);
  const vector = new Float64Array(size);
  const result = new Float64Array(size);
  /** P(y_0); then P(y_{t+1} | y_t) = weight · scale, weights in the order of the transitions, a scale for each y_t. */
  const start = new Float64Array(labels);
  const weight = new Float64Array(size - edges);
  const scale = new Float64Array(edges);
  /** Given y_t, the entropy of y_{t+1}, and the mean of ⟨z, vector⟩ over all that follows. */
  const surprise = new Float64Array(edges);
  const follows = new Float64Array(edges);
  /** Log-sums or best scores from a position on, by its label, unary included. */
  let here = new Float64Array(labels);
  let next = new Float64Array(labels);
  /** Probabilities of the labels of a position, and their derivatives. */
  const reach = new Float64Array(2 * labels);
  const dReach = new Float64Array(2 * labels);
  const best = new Int32Array(edges);

  let n = capacity;

  function setRow(length: number): void {
    n = length;
  }

  function map(): boolean {
    result.fill(0);
    if (n === 0) return true;
    for (let j = 0; j < labels; j++) here[j] = theta[(n - 1) * labels + j]!;
    for (let t = n - 2; t >= 0; t--) {
      [here, next] = [next, here];
      scorePosition(t, here, next);
    }
    let label = argmax(here);
    if (here[label] === -Infinity) return false;
    result[label] = 1;
    for (let t = 0; t < n - 1; t++) label = put(t, label, best[t * labels + label]!);
    return true;
  }

  /** The lowest label wins. */
  function argmax(scores: Float64Array): number {
    let at = 0;
    for (let j = 1; j < labels; j++) if (scores[j]! > scores[at]!) at = j;
    return at;
  }

  /** Writes label `to` of position t + 1 and its transition. Returns it. */
  function put(t: number, from: number, to: number): number {
    result[(t + 1) * labels + to] = 1;
    result[edges + t * square + from * labels + to] = 1;
    return to;
  }

  function scorePosition(t: number, here: Float64Array, next: Float64Array): void {
    for (let i = 0; i < labels; i++) {
      const row = edges + t * square + i * labels;
      let top = -Infinity;
      let at = 0;
      for (let j = 0; j < labels; j++) {
        const score = theta[row + j]! + next[j]!;
        if (score > top) {
          top = score;
          at = j;
        }
      }
      here[i] = theta[t * labels + i]! + top;
      best[t * labels + i] = at;
    }
  }

  function sums(): number {
    if (n === 0) return 0;
    for (let j = 0; j < labels; j++) here[j] = theta[(n - 1) * labels + j]!;
    let shift = 0;
    for (let t = n - 2; t >= 0; t--) {
      const top = here[argmax(here)]!;
      if (top === -Infinity) return -Infinity;
      shift += top;
      for (let j = 0; j < labels; j++) here[j]! -= top;
      [here, next] = [next, here];
      sumPosition(t, here, next);
    }
    const top = here[argmax(here)]!;
    if (top === -Infinity) return -Infinity;
    let sum = 0;
    for (let j = 0; j < labels; j++) sum += start[j] = exp(here[j]! - top);
    for (let j = 0; j < labels; j++) start[j]! /= sum;
    return shift + (top + log(sum));
  }

  function sumPosition(t: number, here: Float64Array, next: Float64Array): void {
    for (let i = 0; i < labels; i++) {
      const row = t * square + i * labels;
      const at = t * labels + i;
      let top = -Infinity;
      for (let j = 0; j < labels; j++) {
        const score = theta[edges + row + j]! + next[j]!;
        if (score > top) top = score;
      }
      if (top === -Infinity) {
        // Nothing can follow this label, so nothing leads to it.
        scale[at] = 0;
        surprise[at] = 0;
        here[i] = -Infinity;
        for (let j = 0; j < labels; j++) weight[row + j] = 0;
        continue;
      }
      let sum = 0;
      let gap = 0;
      for (let j = 0; j < labels; j++) {
        const below = theta[edges + row + j]! + next[j]! - top;
        const w = exp(below);
        weight[row + j] = w;
        sum += w;
        if (w > 0) gap -= w * below;
      }
      const logSum = log(sum);
      scale[at] = 1 / sum;
      // −Σ p log p with p = e^below / sum: both parts are ≥ 0, so nothing cancels.
      surprise[at] = logSum + gap / sum;
      here[i] = theta[at]! + (top + logSum);
    }
  }

  function marginals(): void {
    result.fill(0);
    if (n > 0) result.set(start);
    for (let t = 0; t < n - 1; t++) {
      for (let i = 0; i < labels; i++) {
        const mass = result[t * labels + i]! * scale[t * labels + i]!;
        const row = t * square + i * labels;
        for (let j = 0; j < labels; j++) {
          const moved = mass * weight[row + j]!;
          result[edges + row + j] = moved;
          result[(t + 1) * labels + j]! += moved;
        }
      }
    }
  }

  /** `follows` = mean of ⟨z, vector⟩ after position t, given y_t: the derivative of its log-sum. */
  function average(): void {
    follows.fill(0);
    for (let t = n - 2; t >= 0; t--) {
      for (let i = 0; i < labels; i++) {
        const row = t * square + i * labels;
        let mean = 0;
        for (let j = 0; j < labels; j++) {
          const to = (t + 1) * labels + j;
          mean += weight[row + j]! * (vector[edges + row + j]! + vector[to]! + follows[to]!);
        }
        follows[t * labels + i] = mean * scale[t * labels + i]!;
      }
    }
  }

  function jvp(): void {
    result.fill(0);
    if (n === 0) return;
    average();
    let mean = 0;
    for (let j = 0; j < labels; j++) mean += start[j]! * (vector[j]! + follows[j]!);
    for (let j = 0; j < labels; j++) {
      reach[j] = start[j]!;
      dReach[j] = start[j]! * (vector[j]! + follows[j]! - mean);
      result[j] = dReach[j]!;
    }
    for (let t = 0; t < n - 1; t++) {
      const now = (t & 1) * labels;
      const then = labels - now;
      reach.fill(0, then, then + labels);
      dReach.fill(0, then, then + labels);
      for (let i = 0; i < labels; i++) {
        const factor = scale[t * labels + i]!;
        const mass = reach[now + i]! * factor;
        const dMass = dReach[now + i]! * factor;
        const centre = follows[t * labels + i]!;
        const row = t * square + i * labels;
        for (let j = 0; j < labels; j++) {
          const to = (t + 1) * labels + j;
          const w = weight[row + j]!;
          const above = vector[edges + row + j]! + vector[to]! + follows[to]! - centre;
          const dMoved = w * (dMass + mass * above);
          result[edges + row + j] = dMoved;
          reach[then + j]! += mass * w;
          dReach[then + j]! += dMoved;
        }
      }
      for (let j = 0; j < labels; j++) result[(t + 1) * labels + j] = dReach[then + j]!;
    }
  }

  function entropy(): number {
    if (n === 0) return 0;
    let sum = 0;
    for (let j = 0; j < labels; j++) if (start[j]! > 0) sum -= start[j]! * Math.log(start[j]!);
    marginals();
    for (let i = 0; i < (n - 1) * labels; i++) sum += result[i]! * surprise[i]!;
    return sum;
  }

  function sample(rng: Rng): void {
    result.fill(0);
    if (n === 0) return;
    let label = draw(start, 0, rng.uniform());
    result[label] = 1;
    for (let t = 0; t < n - 1; t++) {
      const left = rng.uniform() / scale[t * labels + label]!;
      label = put(t, label, draw(weight, t * square + label * labels, left));
    }
  }

  /** The label at which the running sum passes `left`; what rounding leaves goes to the last label that is possible. */
  function draw(weights: Float64Array, from: number, left: number): number {
    let label = 0;
    for (let j = 0; j < labels; j++) {
      if (weights[from + j] === 0) continue;
      label = j;
      left -= weights[from + j]!;
      if (left < 0) break;
    }
    return label;
  }

  function isState(): boolean {
    let ones = 0;
    for (let i = 0; i < size; i++) {
      if (vector[i] === 1) ones++;
      else if (vector[i] !== 0) return false;
    }
    if (ones !== Math.max(0, 2 * n - 1)) return false;
    // Every position has a label and every transition between them is there: then these are all the ones.
    for (let t = 0, from = 0; t < n; t++) {
      let label = 0;
      while (label < labels && vector[t * labels + label] === 0) label++;
      if (label === labels) return false;
      if (t > 0 && vector[edges + (t - 1) * square + from * labels + label] === 0) return false;
      from = label;
    }
    return true;
  }

  function enumerate(): Iterable<Float64Array> {
    // The kernel may serve other rows between two states.
    return depthFirst(statesFrom(new Float64Array(size), n, 0, 0));
  }

  function* statesFrom(z: Float64Array, length: number, t: number, from: number): Walk {
    if (t === length) {
      yield z;
      return;
    }
    for (let label = 0; label < labels; label++) {
      const edge = edges + (t - 1) * square + from * labels + label;
      z[t * labels + label] = 1;
      if (t > 0) z[edge] = 1;
      yield statesFrom(z, length, t + 1, label);
      z[t * labels + label] = 0;
      if (t > 0) z[edge] = 0;
    }
  }

  return { theta, vector, result, setRow, map, sums, marginals, jvp, entropy, sample, isState, enumerate };
}
