/**
 * Labels y_0 … y_{T−1} along a line, each out of L:
 *
 *     p(y) ∝ exp(Σ_t unary[t][y_t] + Σ_t transition[t][y_t][y_{t+1}]).
 *
 * Sums run from the last position to the first (the backward half of forward–backward) and leave P(y_{t+1} | y_t) for every
 * transition, whose means they take on the way: of −log p, the entropy, or of ⟨z, vector⟩, the derivative. Marginals, their
 * products and samples run forwards along this Markov chain. One exponential a transition, O(T L²) time and memory. The
 * log-sums of each position are shifted so that the largest is 0: what matters stays small, so long chains of large logits
 * lose nothing.
 */

import type { Rng } from "../../contracts.ts";
import { exp, log } from "../../core/log-exp.ts";
import { depthFirst, type Walk } from "../depth-first.ts";
import type { RowKernel } from "../row-kernel.ts";
import { type ChainLaw, nativeChain } from "./native-chain.ts";

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
  /** P(y_{t+1} | y_t) = weight · scale, weights in the order of the transitions, a scale for each y_t; and P(y_0). */
  const weight = new Float64Array(size - edges);
  const scale = new Float64Array(edges);
  const start = new Float64Array(labels);
  const startScale = new Float64Array(1);
  const law: ChainLaw = { start, startScale, weight, scale };
  /** Best scores from a position on, by its label, unary included. */
  let here = new Float64Array(labels);
  let next = new Float64Array(labels);
  /** The log-sum of what follows each label of each position, its own part included. */
  const layers = new Float64Array(edges);
  /** The best label to follow each. */
  const best = new Int32Array(edges);
  /** The mean of what follows a label, without its own part and with it; and that of all. */
  const follows = new Float64Array(edges);
  const after = new Float64Array(edges);
  let mean = 0;
  /** Probabilities of the labels of two positions, and their derivatives. */
  const reach = new Float64Array(2 * labels);
  const dReach = new Float64Array(2 * labels);
  const uniforms = new Float64Array(capacity);

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
    return sumUp(false);
  }

  /** Sums, with the entropy as the mean or, `ofVector`, the derivative. */
  function sumUp(ofVector: boolean): number {
    mean = 0;
    if (n === 0) return 0;
    for (let at = (n - 1) * labels; at < n * labels; at++) {
      layers[at] = theta[at]!;
      after[at] = ofVector ? vector[at]! : 0;
    }
    let shift = 0;
    for (let t = n - 2; t >= 0; t--) {
      const top = topOf(t + 1);
      if (top === -Infinity) return -Infinity;
      shift += top;
      for (let at = (t + 1) * labels, end = at + labels; at < end; at++) layers[at]! -= top;
      sumPosition(t, ofVector);
    }
    const top = topOf(0);
    if (top === -Infinity) return -Infinity;
    let sum = 0;
    for (let j = 0; j < labels; j++) {
      const below = layers[j]! - top;
      const w = exp(below);
      start[j] = w;
      sum += w;
      if (ofVector) mean += w * after[j]!;
      else if (w > 0) mean += w * (after[j]! - below);
    }
    const logSum = log(sum);
    startScale[0] = 1 / sum;
    mean *= startScale[0]!;
    if (!ofVector) mean += logSum;
    return shift + (top + logSum);
  }

  function topOf(t: number): number {
    let top = -Infinity;
    for (let at = t * labels, end = at + labels; at < end; at++) if (layers[at]! > top) top = layers[at]!;
    return top;
  }

  function sumPosition(t: number, ofVector: boolean): void {
    const [x, v, ws, then, means] = [theta, vector, weight, layers, after];
    const next = (t + 1) * labels;
    const end = next + labels;
    // From an edge's weight and its label to the edge in θ.
    const toEdge = edges;
    for (let at = next - labels, first = t * square; at < next; at++, first += labels) {
      let top = -Infinity;
      for (let to = next, edge = toEdge + first; to < end; to++, edge++) {
        const score = x[edge]! + then[to]!;
        if (score > top) top = score;
      }
      if (top === -Infinity) {
        // Nothing can follow this label, so nothing leads to it.
        ws.fill(0, first, first + labels);
        scale[at] = 0;
        then[at] = -Infinity;
        follows[at] = 0;
        // A kernel adds the mean of nothing: −0 becomes 0.
        means[at] = ofVector ? v[at]! + 0 : 0;
        continue;
      }
      let sum = 0;
      let mean = 0;
      if (ofVector) {
        for (let to = next, edge = toEdge + first, e = first; to < end; to++, edge++, e++) {
          const w = exp(x[edge]! + then[to]! - top);
          ws[e] = w;
          sum += w;
          mean += w * (v[edge]! + means[to]!);
        }
      } else {
        for (let to = next, edge = toEdge + first, e = first; to < end; to++, edge++, e++) {
          const below = x[edge]! + then[to]! - top;
          const w = exp(below);
          ws[e] = w;
          sum += w;
          // −log p with p = e^below / sum: below is ≤ 0 and log sum ≥ 0, so nothing cancels.
          if (w > 0) mean += w * (means[to]! - below);
        }
      }
      const logSum = log(sum);
      const inverse = 1 / sum;
      scale[at] = inverse;
      then[at] = x[at]! + (top + logSum);
      follows[at] = mean * inverse;
      means[at] = (ofVector ? v[at]! : logSum) + mean * inverse;
    }
  }

  function marginals(): void {
    const [out, ws] = [result, weight];
    out.fill(0);
    if (n > 0) for (let j = 0; j < labels; j++) out[j] = start[j]! * startScale[0]!;
    for (let t = 0, e = 0; t < n - 1; t++) {
      const next = (t + 1) * labels;
      for (let at = next - labels; at < next; at++) {
        const mass = out[at]! * scale[at]!;
        for (let to = next, edge = edges + e; to < next + labels; to++, edge++, e++) {
          const moved = mass * ws[e]!;
          out[edge] = moved;
          out[to]! += moved;
        }
      }
    }
  }

  function product(): boolean {
    if (sumUp(true) === -Infinity) return false;
    result.fill(0);
    if (n === 0) return true;
    for (let j = 0; j < labels; j++) {
      const p = start[j]! * startScale[0]!;
      reach[j] = p;
      dReach[j] = p * (after[j]! - mean);
      result[j] = dReach[j]!;
    }
    for (let t = 0; t < n - 1; t++) movePosition(t);
    return true;
  }

  function movePosition(t: number): void {
    const [out, v, ws, means, p, dp] = [result, vector, weight, after, reach, dReach];
    const now = (t & 1) * labels;
    const then = labels - now;
    const next = (t + 1) * labels;
    p.fill(0, then, then + labels);
    dp.fill(0, then, then + labels);
    for (let i = 0, e = t * square; i < labels; i++) {
      const at = next - labels + i;
      const mass = p[now + i]! * scale[at]!;
      const dMass = dp[now + i]! * scale[at]!;
      const centre = follows[at]!;
      for (let j = then, to = next, edge = edges + e; j < then + labels; j++, to++, edge++, e++) {
        const w = ws[e]!;
        const dMoved = w * (dMass + mass * (v[edge]! + means[to]! - centre));
        out[edge] = dMoved;
        p[j]! += mass * w;
        dp[j]! += dMoved;
      }
    }
    for (let j = 0; j < labels; j++) out[next + j] = dp[then + j]!;
  }

  function sample(rng: Rng): void {
    drawUniforms(rng);
    choose(law);
  }

  function drawUniforms(rng: Rng): void {
    for (let t = 0; t < n; t++) uniforms[t] = rng.uniform();
  }

  /** `result` = the labelling that the uniform numbers choose. */
  function choose({ start, startScale, weight, scale }: ChainLaw): Float64Array {
    result.fill(0);
    if (n === 0) return result;
    let label = draw(start, 0, uniforms[0]! / startScale[0]!);
    result[label] = 1;
    for (let t = 0; t < n - 1; t++) {
      const left = uniforms[t + 1]! / scale[t * labels + label]!;
      label = put(t, label, draw(weight, t * square + label * labels, left));
    }
    return result;
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

  return {
    theta,
    vector,
    result,
    setRow,
    map,
    sums,
    marginals,
    jvp: () => void product(),
    product,
    native: nativeChain(capacity, labels, () => n, { draw: drawUniforms, choose }),
    entropy: () => mean,
    sample,
    isState,
    enumerate,
  };
}
