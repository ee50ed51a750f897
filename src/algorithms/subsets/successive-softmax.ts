/**
 * k softmaxes, each with what the earlier ones took made unlikely: p^j = softmax(α^j / t), α^{j+1} = α^j + log(1 − p^j), x = Σ_j p^j, and
 * the gradient. The largest element is kept apart, as 1 − p of it may be nothing: p of the others is r / (1 + r) shared out among
 * them, r their odds against it. Even and odd elements are summed apart, as two lanes do.
 */
import type { FloatArray } from "../../contracts.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { exp, log } from "../../core/log-exp.ts";
import { successiveSoftmaxKernels } from "../../core/successive-softmax-kernels.ts";

/** x of n ≥ 0 numbers u after k steps at temperature t, or the gradient of a cotangent, into `out`. */
export type SuccessiveSoftmax = (
  u: Float64Array,
  cotangent: Float64Array | undefined,
  n: number,
  k: number,
  t: number,
  out: Float64Array,
) => void;

export function successiveSoftmax(capacity: number): SuccessiveSoftmax {
  const alpha = new Float64Array(capacity);
  const shares = new Float64Array(capacity);
  /** p of every step, 0 for the largest, m. */
  let taken: Float64Array = new Float64Array(0);
  /** p without the largest, normalised again: p_l / (1 − p_m), which p_l itself may be too small to tell. */
  let others: Float64Array = new Float64Array(0);
  /** m of every step, and p of it. */
  let largest = new Int32Array(0);
  let takenByLargest = new Float64Array(0);

  function takeStep(step: number, n: number, inverse: number, x: Float64Array): void {
    const [a, to, p, o] = [alpha, x, taken, others];
    const at = step * capacity;
    let m = 0;
    let second = -Infinity;
    for (let i = 1; i < n; i++) {
      const value = a[i]!;
      if (value > a[m]!) {
        second = a[m]!;
        m = i;
      } else if (value > second) second = value;
    }
    const first = a[m]!;
    a[m] = -Infinity;
    let even = 0;
    let odd = 0;
    for (let i = 0; i < n; i++) {
      // A single element has nothing beside it.
      const e = n > 1 ? exp((a[i]! - second) * inverse) : 0;
      o[at + i] = e;
      if (i & 1) odd += e;
      else even += e;
    }
    const rest = even + odd;
    const behind = (second - first) * inverse;
    const restOfFirst = rest * exp(behind);
    const total = 1 + restOfFirst;
    const normal = n > 1 ? 1 / rest : 0;
    const share = restOfFirst / total;
    for (let i = 0; i < n; i++) {
      const other = o[at + i]! * normal;
      const own = other * share;
      o[at + i] = other;
      p[at + i] = own;
      to[i] = to[i]! + own;
      // log(1 − p) with what the rounding of 1 − p loses.
      const left = 1 - own;
      a[i] = a[i]! + (log(left) - (own + (left - 1)));
    }
    largest[step] = m;
    takenByLargest[step] = 1 / total;
    to[m] = to[m]! + 1 / total;
    a[m] = n > 1 ? first + (log(rest) + behind - log(total)) : -Infinity;
  }

  function reverseStep(
    step: number,
    n: number,
    inverse: number,
    cotangent: Float64Array,
    back: Float64Array,
  ): void {
    const [g, b, q, p, o] = [cotangent, back, shares, taken, others];
    const at = step * capacity;
    let even = 0;
    let odd = 0;
    let evenFlow = 0;
    let oddFlow = 0;
    for (let i = 0; i < n; i++) {
      const own = p[at + i]!;
      const share = (own * b[i]!) / (1 - own);
      q[i] = share;
      if (i & 1) {
        odd += own * g[i]!;
        oddFlow += share;
      } else {
        even += own * g[i]!;
        evenFlow += share;
      }
    }
    // log(1 − p_i) has slope −1 / (1 − p_i), and p the softmax's Jacobian: 1 − p_i cancels before it can vanish.
    const m = largest[step]!;
    const ofLargest = takenByLargest[step]!;
    const backOfLargest = b[m]!;
    const mean = even + odd + ofLargest * g[m]!;
    const flow = evenFlow + oddFlow;
    const fromLargest = ofLargest * backOfLargest;
    for (let i = 0; i < n; i++) {
      const own = p[at + i]!;
      const direct = own * (g[i]! - mean) - own * b[i]!;
      const shared = own * (flow - q[i]!) + o[at + i]! * fromLargest;
      b[i] = b[i]! + (direct + shared) * inverse;
    }
    b[m] = backOfLargest + (ofLargest * (g[m]! - mean) - fromLargest + ofLargest * flow) * inverse;
  }

  return (u, cotangent, n, k, t, out) => {
    if (largest.length < k) {
      taken = new Float64Array(k * capacity);
      others = new Float64Array(k * capacity);
      largest = new Int32Array(k);
      takenByLargest = new Float64Array(k);
    }
    for (let i = 0; i < n; i++) alpha[i] = u[i]!;
    out.fill(0, 0, n);
    for (let step = 0; step < k; step++) takeStep(step, n, 1 / t, out);
    if (!cotangent) return;
    out.fill(0, 0, n);
    for (let step = k - 1; step >= 0; step--) reverseStep(step, n, 1 / t, cotangent, out);
  };
}

/** Numbers that are worked on at once: they stay in the cache. */
const BLOCK = 4096;

/**
 * x of rows of n finite α, or the gradients of their cotangents, by a kernel; false where it cannot. `out` must not be read
 * meanwhile.
 */
export function successiveSoftmaxRows(
  alpha: FloatArray,
  cotangent: FloatArray | undefined,
  n: number,
  k: number,
  t: number,
  out: FloatArray,
): boolean {
  const block = Math.min(Math.max(1, Math.floor(BLOCK / n)) * n, alpha.length);
  const alphaAt = ARENA / 8 + (3 + 2 * (cotangent ? k : 1)) * (n + 1) + 2 * k;
  const cotangentAt = alphaAt + block;
  const outAt = cotangentAt + (cotangent ? block + 1 : 0);
  const fits = k > 0 && n > 1 && outAt + block <= ARENA_END / 8;
  const native = fits ? successiveSoftmaxKernels() : undefined;
  if (!native) return false;
  const { run, f64 } = native;
  for (let start = 0; start < alpha.length; start += block) {
    const length = Math.min(block, alpha.length - start);
    f64.set(alpha.subarray(start, start + length), alphaAt);
    if (cotangent) {
      f64.set(cotangent.subarray(start, start + length), cotangentAt);
      f64[cotangentAt + length] = 0;
    }
    const g = cotangent ? 8 * cotangentAt : 0;
    run.successiveSoftmax(8 * alphaAt, g, length / n, n, k, 1 / t, ARENA, 8 * outAt);
    out.set(f64.subarray(outAt, outAt + length), start);
  }
  return true;
}
