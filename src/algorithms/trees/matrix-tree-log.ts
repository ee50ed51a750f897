/**
 * The directed matrix-tree theorem in the log domain, for weights that span more than the doubles do: the elimination
 * of `matrix-tree.ts` with log-sum-exp for sums. There is no subtraction at all, so that slopes, too, are accurate
 * relative to themselves:
 *
 *     G[i→k] = B_k · P_i(root before k),
 *
 * where 1 / B_k is the pivot of k when k is eliminated last, and the chance that a walk from i along reversed arcs
 * meets the root before k comes by back-substitution through the vertices eliminated before. Each vertex has its turn
 * to be last by halving: eliminate one half, descend into the other, and the other way round. O(n³) in all.
 *
 * A second number rides along with each logarithm. As a derivative it is averaged by a sum and added by a product; as
 * an entropy a sum adds the entropy of its choice as well (Li and Eisner 2009), so that neither cancels.
 *
 * The same descent samples: a leaf's parent is drawn from its exact conditional law, and its column then holds that
 * one arc for whatever follows.
 *
 * Scratch: one matrix a level of the descent, [child · stride + parent].
 */

import { exp, log, log1p } from "../../core/log-exp.ts";

export interface MatrixTreeLog {
  readonly stride: number;
  /** log W[parent→child], kept by all methods. The diagonal and the root's row are ignored. */
  readonly logs: Float64Array;
  /** The second number of each weight: d log W, or the entropy of the weight. */
  readonly seconds: Float64Array;
  /** log G, and d log G, after `slope`. */
  readonly slopes: Float64Array;
  readonly slopeSeconds: Float64Array;
  /** Forgets all arcs between the first n vertices. */
  clear(n: number): void;
  /** Adds an arc beside those that are there, with its derivative, or with the entropy of the choice if `entropic`. */
  include(child: number, parent: number, log: number, derivative: number, entropic: boolean): void;
  /** log Z, −Infinity where there is no tree. */
  logPartition(n: number): number;
  /** The entropy of the law on trees, given the entropies of the weights. */
  entropy(n: number): number;
  /** Fills `slopes`, and `slopeSeconds` if `derivative`. */
  slope(n: number, derivative: boolean): void;
  /**
   * Samples a tree. For each vertex k in turn, `choose` gets k with row k of `slopes` filled for the law given all
   * choices so far; it returns k's parent.
   */
  sample(n: number, choose: (k: number) => number): void;
}

type Seconds = "none" | "derivative" | "entropy";

/** A term that is e^−40 of another is lost in their sum; entropies, which may be as small themselves, take in what `exp` does. */
const LOST = -40;
const LEAST = -708;

export function matrixTreeLog(stride: number): MatrixTreeLog {
  const size = stride * stride;
  const logs = new Float64Array(size);
  const seconds = new Float64Array(size);
  const slopes = new Float64Array(size);
  const slopeSeconds = new Float64Array(size);
  /** Per level of the descent, what is left of the graph. */
  const levels: { logs: Float64Array; seconds: Float64Array }[] = [];
  /** log p_i of each eliminated vertex, −Infinity for what was eliminated before it. */
  const chances = new Float64Array(size);
  const chanceSeconds = new Float64Array(size);
  const eliminated = new Int32Array(stride);
  let depth = 0;
  const alive = new Int32Array(stride);
  const hit = new Float64Array(stride);
  const hitSeconds = new Float64Array(stride);
  /** Of a sum: its terms, and what each is of the largest, 0 where it is lost. */
  const terms = new Float64Array(stride);
  const parts = new Float64Array(stride);
  const parents = new Int32Array(stride);
  let count = 0;
  let mode: Seconds = "none";
  let lost = LOST;
  let choose: ((k: number) => number) | undefined;

  const setMode = (how: Seconds): void => {
    mode = how;
    lost = how === "entropy" ? LEAST : LOST;
  };

  /**
   * log-sum-exp of x[at + i], or x[at + i] + hit[i], over the vertices i = members[from] … members[to − 1], in place of a sum; its
   * second number is left in `carried`.
   */
  let carried = 0;
  const total = (at: number, hits: boolean, members: Int32Array, from: number, to: number): number => {
    const [x, xs, y] = [chances, chanceSeconds, hit];
    let top = -Infinity;
    for (let a = from; a < to; a++) {
      const i = members[a]!;
      const v = hits ? x[at + i]! + y[i]! : x[at + i]!;
      terms[a] = v;
      if (v > top) top = v;
    }
    carried = 0;
    if (top === -Infinity) return top;
    let sum = 0;
    for (let a = from; a < to; a++) {
      const v = terms[a]! - top;
      const part = v > lost ? exp(v) : 0;
      parts[a] = part;
      sum += part;
    }
    if (mode !== "none") {
      for (let a = from; a < to; a++) {
        if (parts[a] === 0) continue;
        const i = members[a]!;
        const share = parts[a]! / sum;
        carried += share * (hits ? xs[at + i]! + hitSeconds[i]! : xs[at + i]!);
        if (mode === "entropy") carried -= share * (terms[a]! - top);
      }
      if (mode === "entropy") carried += logOfSum(from, to, top, sum);
    }
    return top + log(sum);
  };

  /** log of the sum of `parts`, the largest of which is 1, without losing what the others add to it. */
  const logOfSum = (from: number, to: number, top: number, sum: number): number => {
    if (sum > 1.5) return log(sum);
    let rest = 0;
    let skipped = false;
    for (let a = from; a < to; a++) {
      if (!skipped && terms[a] === top) skipped = true;
      else rest += parts[a]!;
    }
    return log1p(rest);
  };

  /** matrix[at] ← log(exp matrix[at] + exp b), with second number s of b. */
  const add = (matrix: Float64Array, second: Float64Array, at: number, b: number, s: number): void => {
    const a = matrix[at]!;
    const small = a < b ? a - b : b - a;
    if (!(small > lost)) {
      if (a < b) {
        matrix[at] = b;
        second[at] = s;
      }
      return;
    }
    const t = exp(small);
    const grown = log1p(t);
    matrix[at] = Math.max(a, b) + grown;
    if (mode === "none") return;
    const share = t / (1 + t);
    second[at] = a < b ? s + share * (second[at]! - s) : second[at]! + share * (s - second[at]!);
    if (mode === "entropy") second[at]! += grown - share * small;
  };

  /** Eliminates vertex e from a level whose first `left` entries of `alive` are what remains, e among them. */
  const eliminate = (
    level: { logs: Float64Array; seconds: Float64Array },
    e: number,
    left: number,
  ): number => {
    const { logs: m, seconds: x } = level;
    const row = e * stride;
    chances.fill(-Infinity, row, row + count);
    for (let a = 0; a < left; a++) {
      const i = alive[a]!;
      if (i === e) continue;
      chances[row + i] = m[row + i]!;
      chanceSeconds[row + i] = x[row + i]!;
    }
    const pivot = total(row, false, alive, 0, left);
    const pivotSecond = carried;
    for (let a = 0; a < left; a++) {
      const i = alive[a]!;
      chances[row + i]! -= pivot;
      chanceSeconds[row + i]! -= pivotSecond;
    }
    for (let a = 0; a < left; a++) {
      const j = alive[a]!;
      const f = m[j * stride + e]!;
      if (j === e || j === 0 || f === -Infinity) continue;
      const fs = x[j * stride + e]!;
      for (let b = 0; b < left; b++) {
        const i = alive[b]!;
        if (i === j || i === e) continue;
        const p = chances[row + i]!;
        if (p !== -Infinity) add(m, x, j * stride + i, f + p, fs + chanceSeconds[row + i]!);
      }
    }
    eliminated[depth++] = e;
    return pivot;
  };

  /** A copy of level `d` restricted to the root and vertices from … to − 1, one level down. */
  const copyDown = (d: number, from: number, to: number): { logs: Float64Array; seconds: Float64Array } => {
    const source = d < 0 ? { logs, seconds } : levels[d]!;
    levels[d + 1] ??= { logs: new Float64Array(size), seconds: new Float64Array(size) };
    const target = levels[d + 1]!;
    for (let j = from; j < to; j++) {
      const row = j * stride;
      target.logs[row] = source.logs[row]!;
      target.seconds[row] = source.seconds[row]!;
      for (let i = from; i < to; i++) {
        target.logs[row + i] = source.logs[row + i]!;
        target.seconds[row + i] = source.seconds[row + i]!;
      }
    }
    return target;
  };

  /** Eliminates the vertices from … to − 1 of those first … last − 1, which `alive` then lacks. */
  const eliminateRange = (
    level: { logs: Float64Array; seconds: Float64Array },
    first: number,
    last: number,
    from: number,
    to: number,
  ): void => {
    for (let e = from; e < to; e++) {
      let left = 0;
      alive[left++] = 0;
      for (let i = first; i < last; i++) if (i < from || i >= e) alive[left++] = i;
      // Vertices from … e − 1 are gone; e … to − 1 and those outside the range remain.
      eliminate(level, e, left);
    }
  };

  /** Each of from … to − 1 gets its turn to be last; level d holds them and the root. */
  const descend = (d: number, from: number, to: number): void => {
    if (to - from === 1) {
      leaf(d, from);
      return;
    }
    const middle = (from + to) >> 1;
    const before = depth;
    const level = copyDown(d, from, to);
    eliminateRange(level, from, to, middle, to);
    descend(d + 1, from, middle);
    depth = before;
    copyDown(d, from, to);
    if (choose) for (let k = from; k < middle; k++) decide(level, k, from, to);
    eliminateRange(level, from, to, from, middle);
    descend(d + 1, middle, to);
    depth = before;
  };

  const leaf = (d: number, k: number): void => {
    const level = d < 0 ? { logs, seconds } : levels[d]!;
    const row = k * stride;
    hit.fill(-Infinity, 0, count);
    hitSeconds.fill(0, 0, count);
    hit[0] = 0;
    // What was left of a vertex's parents are those eliminated after it, the root and k, from where the root is not met before k.
    eliminated[depth] = 0;
    for (let s = depth - 1; s >= 0; s--) {
      const e = eliminated[s]!;
      hit[e] = total(e * stride, true, eliminated, s + 1, depth + 1);
      hitSeconds[e] = carried;
    }
    const last = level.logs[row]!;
    for (let i = 0; i < count; i++) {
      slopes[row + i] = hit[i]! - last;
      slopeSeconds[row + i] = hitSeconds[i]! - level.seconds[row]!;
    }
    if (choose) parents[k] = choose(k);
  };

  /** Column k of a level becomes the one arc from k's parent, or where walks from that parent come out. */
  const decide = (level: { logs: Float64Array }, k: number, from: number, to: number): void => {
    hit.fill(-Infinity, 0, count);
    hit[parents[k]!] = 0;
    for (let s = 0; s < depth; s++) {
      const e = eliminated[s]!;
      const mass = hit[e]!;
      if (mass === -Infinity) continue;
      for (let i = 0; i < count; i++) {
        const p = chances[e * stride + i]!;
        if (p !== -Infinity) add(hit, hitSeconds, i, mass + p, 0);
      }
    }
    const row = k * stride;
    level.logs[row] = hit[0]!;
    for (let i = from; i < to; i++) level.logs[row + i] = hit[i]!;
  };

  /** Eliminates everything; log Z, with its second number in `carried`. */
  const reduce = (n: number, how: Seconds): number => {
    count = n;
    setMode(how);
    depth = 0;
    const level = copyDown(-1, 1, n);
    let sum = 0;
    let second = 0;
    for (let k = n - 1; k >= 1; k--) {
      for (let i = 0; i <= k; i++) alive[i] = i;
      const pivot = eliminate(level, k, k + 1);
      if (pivot === -Infinity) return pivot;
      sum += pivot;
      second += carried;
    }
    carried = second;
    return sum;
  };

  return {
    stride,
    logs,
    seconds,
    slopes,
    slopeSeconds,
    clear(n) {
      for (let k = 1; k < n; k++) {
        logs.fill(-Infinity, k * stride, k * stride + n);
        seconds.fill(0, k * stride, k * stride + n);
      }
    },
    include(child, parent, log, derivative, entropic) {
      setMode(entropic ? "entropy" : "derivative");
      add(logs, seconds, child * stride + parent, log, derivative);
    },
    logPartition: (n) => reduce(n, "none"),
    entropy(n) {
      reduce(n, "entropy");
      return carried;
    },
    slope(n, derivative) {
      count = n;
      setMode(derivative ? "derivative" : "none");
      depth = 0;
      choose = undefined;
      if (n > 1) descend(-1, 1, n);
    },
    sample(n, chooseParent) {
      count = n;
      setMode("none");
      depth = 0;
      choose = chooseParent;
      if (n > 1) descend(-1, 1, n);
      choose = undefined;
    },
  };
}
