/**
 * Sums over projective dependency trees (Baker 1979; Eisner 1996): log-sum-exp over the spans inside, the probability
 * of each span outside. A second number rides along inside: a derivative, which a sum averages, or an entropy, to which
 * it adds that of its choice (Li and Eisner 2009). The outside pass differentiated gives Cov(z) v. O(n³) a pass.
 */
import type { Rng } from "../../contracts.ts";
import { exp, log } from "../../core/log-exp.ts";
import { rng as makeRng } from "../../core/rng.ts";
import type { RowKernel } from "../row-kernel.ts";
import { eisner } from "./eisner.ts";
import { eisnerRows } from "./eisner-rows.ts";
import {
  CHILD,
  fillSpans,
  LEFT,
  OPEN,
  OPEN_LEFT,
  OPEN_RIGHT,
  RIGHT,
  type SpanTables,
  type Split,
  spanDerivation,
  spanTables,
} from "./spans.ts";

/** A row kernel but for what the structure itself knows: its states. */
export interface ProjectiveTrees extends Omit<RowKernel, "isState" | "enumerate"> {
  setWords(n: number): void;
}

export function projectiveTrees(words: number, single: boolean): ProjectiveTrees {
  const stride = words + 1;
  const size = stride * stride;
  const theta = new Float64Array(size);
  const vector = new Float64Array(size);
  const result = new Float64Array(size);
  const zeros = new Float64Array(size);
  const inside: SpanTables = spanTables(words);
  /** Derivatives of `inside`, or entropies; the probabilities of spans; their derivatives. */
  const seconds: SpanTables = spanTables(words);
  const outside: SpanTables = spanTables(words);
  const outsideSeconds: SpanTables = spanTables(words);
  const best = eisner(words, single);
  const { sums: sumsByKernel, ...rows } = eisnerRows(words, single);
  let n = words;
  let logZ = 0;
  let entropic = false;
  let stream: Rng = makeRng(0);

  const sum: Split = (row, at, column, from, count) => {
    const a = inside[row]!;
    const b = inside[column]!;
    let top = -Infinity;
    for (let j = 0, i = from; j < count; j++, i += stride) {
      const x = a[at + j]! + b[i]!;
      if (x > top) top = x;
    }
    if (count === 1 || top === -Infinity) return top;
    let total = 0;
    for (let j = 0, i = from; j < count; j++, i += stride) total += exp(a[at + j]! + b[i]! - top);
    return top + log(total);
  };

  const secondOfSum: Split = (row, at, column, from, count) => {
    const total = sum(row, at, column, from, count);
    if (count === 1 && total > -Infinity) return seconds[row]![at]! + seconds[column]![from]!;
    let second = 0;
    for (let j = 0, i = from; j < count; j++, i += stride) {
      const logP = inside[row]![at + j]! + inside[column]![i]! - total;
      const p = exp(logP);
      if (!(p > 0)) continue;
      second += p * (seconds[row]![at + j]! + seconds[column]![i]!);
      if (entropic) second -= p * logP;
    }
    return second;
  };

  const draw: Split = (row, at, column, from, count) => {
    const total = sum(row, at, column, from, count);
    let left = stream.uniform();
    let place = 0;
    for (let j = 0; j < count && left >= 0; j++) {
      const p = exp(inside[row]![at + j]! + inside[column]![from + j * stride]! - total);
      if (!(p > 0)) continue;
      left -= p;
      place = j;
    }
    return place;
  };
  const derive = spanDerivation(words, single, draw);

  /** Shares a span's probability w, with derivative dw, among the terms of its sum. */
  const share = (
    row: number,
    at: number,
    column: number,
    from: number,
    count: number,
    total: number,
    totalSecond: number,
    w: number,
    dw: number,
    derivative: boolean,
  ): void => {
    if (w === 0) return;
    const a = inside[row]!;
    const b = inside[column]!;
    for (let j = 0, i = from; j < count; j++, i += stride) {
      const p = count === 1 ? 1 : exp(a[at + j]! + b[i]! - total);
      if (p === 0) continue;
      outside[row]![at + j]! += w * p;
      outside[column]![i]! += w * p;
      if (!derivative) continue;
      const dp = p * (seconds[row]![at + j]! + seconds[column]![i]! - totalSecond);
      outsideSeconds[row]![at + j]! += dw * p + w * dp;
      outsideSeconds[column]![i]! += dw * p + w * dp;
    }
  };

  /** Probabilities of all spans, and their derivatives if `seconds` hold derivatives, `dLogZ` that of log Z. */
  const outsidePass = (derivative: boolean, dLogZ: number): void => {
    for (let kind = OPEN; kind <= CHILD; kind++) {
      outside[kind]!.fill(0);
      if (derivative) outsideSeconds[kind]!.fill(0);
    }
    if (single) {
      share(CHILD, 1, RIGHT, stride + n, n, logZ, dLogZ, 1, 0, derivative);
      for (let c = 1; c <= n; c++) {
        outside[LEFT]![stride + c]! += outside[CHILD]![c]!;
        outsideSeconds[LEFT]![stride + c]! += outsideSeconds[CHILD]![c]!;
      }
    } else {
      outside[RIGHT]![n] = 1;
    }
    const down = (
      kind: number,
      span: number,
      row: number,
      at: number,
      column: number,
      from: number,
      count: number,
    ) =>
      share(
        row,
        at,
        column,
        from,
        count,
        inside[kind]![span]!,
        seconds[kind]![span]!,
        outside[kind]![span]!,
        outsideSeconds[kind]![span]!,
        derivative,
      );
    for (let length = n; length >= 1; length--) {
      for (let s = single ? 1 : 0; s + length <= n; s++) {
        const t = s + length;
        const row = s * stride;
        down(RIGHT, row + t, OPEN_RIGHT, row + s + 1, RIGHT, row + stride + t, length);
        if (s > 0) down(LEFT, row + t, LEFT, row + s, OPEN_LEFT, row + t, length);
        outside[OPEN]![row + t] = outside[OPEN_RIGHT]![row + t]! + outside[OPEN_LEFT]![row + t]!;
        outsideSeconds[OPEN]![row + t] =
          outsideSeconds[OPEN_RIGHT]![row + t]! + outsideSeconds[OPEN_LEFT]![row + t]!;
        down(OPEN, row + t, RIGHT, row + s, LEFT, row + stride + t, length);
      }
    }
  };

  /** The numbers of the arcs' spans in the arcs' places. */
  const collect = (tables: SpanTables): void => {
    result.fill(0);
    for (let t = 1; t <= n; t++) {
      result[t] = single ? tables[CHILD]![t]! : tables[OPEN_RIGHT]![t]!;
      for (let s = 1; s < t; s++) {
        result[s * stride + t] = tables[OPEN_RIGHT]![s * stride + t]!;
        result[t * stride + s] = tables[OPEN_LEFT]![s * stride + t]!;
      }
    }
  };

  return {
    ...rows,
    theta,
    vector,
    result,
    setWords(count) {
      n = count;
    },
    map() {
      if (n > 0) return best(theta, n, result);
      result.fill(0);
      return true;
    },
    sums() {
      if (n === 0) logZ = 0;
      else logZ = sumsByKernel(theta, n, inside) ?? fillSpans(inside, stride, theta, n, single, sum);
      return logZ;
    },
    marginals() {
      if (n > 0) outsidePass(false, 0);
      collect(outside);
    },
    jvp() {
      entropic = false;
      if (n > 0) outsidePass(true, fillSpans(seconds, stride, vector, n, single, secondOfSum));
      collect(outsideSeconds);
    },
    entropy() {
      entropic = true;
      return n === 0 ? 0 : fillSpans(seconds, stride, zeros, n, single, secondOfSum);
    },
    sample(rng) {
      stream = rng;
      if (n > 0) derive(n, result);
      else result.fill(0);
    },
  };
}
