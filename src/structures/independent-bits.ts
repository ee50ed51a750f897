import { bitSums, sigmoids } from "../algorithms/softmax/softmax-rows.ts";
import { excluding } from "../boundary/excluding.ts";
import type { ExponentialFamily, FloatArray, Rng, With } from "../contracts.ts";
import { checkFinite, checkInteger, checkLength, checkRows, checkTheta, MAP_RANGE } from "../core/check.ts";
import { checkContextKeys, checkMask, checkRowIntegers } from "../core/check-context.ts";
import { exp, log1p } from "../core/log-exp.ts";
import { targetOf } from "../core/overlap.ts";
import { rng as makeRng } from "../core/rng.ts";
import { checkRoom } from "../core/room.ts";
import { softplus } from "../core/softplus.ts";

/** What may differ from row to row. */
export interface IndependentBitsContext {
  /** Row r uses its first `lengths[r]` bits; the others are 0 in every state. */
  readonly lengths?: ArrayLike<number>;
  /** rows × n; a bit with mask 0 is 0 in every state. */
  readonly mask?: ArrayLike<number>;
}

/**
 * n independent bits: all of {0,1}^n. MAP is the sign (0 for θ = 0), the marginals are sigmoids; all O(n) a row.
 *
 * @param n number of bits.
 * @returns the structure; θ and z have shape [n]. A bit of −Infinity is 0.
 * @throws RangeError where n or an array is out of range or shape, TypeError for arrays of the wrong kind.
 * @example
 * import { independentBits } from "hardgrad";
 * const mu = new Float64Array(2);
 * independentBits(2).marginals(Float64Array.of(0, Math.log(3)), mu);
 * mu; // Float64Array [0.5, 0.75]
 */
export function independentBits(n: number): With<ExponentialFamily<IndependentBitsContext>, "states"> {
  const who = "independentBits";
  checkInteger(who, "n", n, 0);
  checkRoom(who, `n = ${n}`, n);
  const stream = makeRng(0);

  /** Checks, and returns θ with −Infinity where the context excludes a bit; θ itself without a context. */
  function checked(
    theta: FloatArray,
    context: IndependentBitsContext | undefined,
    range?: number,
  ): FloatArray {
    const rows = checkTheta(who, theta, n, "theta", range);
    if (context === undefined) return theta;
    checkContextKeys(who, context, ["lengths", "mask"]);
    const { lengths, mask } = context;
    if (lengths !== undefined) checkRowIntegers(who, "lengths", lengths, rows, 0, n);
    if (mask !== undefined) checkMask(who, mask, theta.length);
    return excluding(theta, n, context);
  }

  /**
   * Writes Σ_i term(θ_i, i) of each row, by a kernel where it knows the term. Rows of nothing do not tell their number; `out` does.
   * Even and odd bits are summed apart, as two lanes do.
   */
  function sumRows(
    given: FloatArray,
    out: FloatArray,
    context: IndependentBitsContext | undefined,
    term: (x: number, at: number) => number,
    second?: FloatArray,
  ): void {
    const theta = checked(given, context, MAP_RANGE);
    const rows = n === 0 ? checkRows(who, out, 1, "out") : theta.length / n;
    checkLength(who, "out", out, rows);
    const target = targetOf(out, undefined, theta, second);
    const known = term === softplus || term === entropyOf;
    if (!(known && bitSums(term === entropyOf, theta, n, target))) {
      for (let row = 0, start = 0; row < rows; row++, start += n) {
        let even = 0;
        let odd = 0;
        for (let i = 0; i < n; i++) {
          const value = term(theta[start + i]!, start + i);
          if (i & 1) odd += value;
          else even += value;
        }
        target[row] = even + odd;
      }
    }
    if (target !== out) out.set(target);
  }

  function probabilities(theta: FloatArray, out: FloatArray): void {
    if (sigmoids(theta, undefined, out)) return;
    for (let i = 0; i < theta.length; i++) out[i] = sigmoid(theta[i]!);
  }

  return {
    name: who,
    shape: [n],

    map(given, out, context) {
      const theta = checked(given, context);
      checkLength(who, "out", out, theta.length);
      const target = targetOf(out, undefined, theta);
      for (let i = 0; i < theta.length; i++) target[i] = +(theta[i]! > 0);
      if (target !== out) out.set(target);
    },

    *states(context) {
      const z = new Float64Array(n);
      checked(z, context);
      const free = Array.from(z.keys()).filter(
        (i) => i < (context?.lengths?.[0] ?? n) && context?.mask?.[i] !== 0,
      );
      for (let count = 0; count < 2 ** free.length; count++) {
        for (const [bit, i] of free.entries()) z[i] = Math.floor(count / 2 ** bit) % 2;
        yield z.slice();
      }
    },

    marginals(given, mu, context) {
      const theta = checked(given, context);
      checkLength(who, "mu", mu, theta.length);
      const target = targetOf(mu, undefined, theta);
      probabilities(theta, target);
      if (target !== mu) mu.set(target);
    },

    marginalsJvp(given, direction, out, context) {
      const theta = checked(given, context);
      checkFinite(who, "direction", direction, theta.length);
      checkLength(who, "out", out, theta.length);
      const target = targetOf(out, undefined, theta, direction);
      if (!sigmoids(theta, direction, target)) {
        for (let i = 0; i < theta.length; i++) {
          const e = exp(-Math.abs(theta[i]!));
          target[i] = (1 / (1 + e)) * (e / (1 + e)) * direction[i]!;
        }
      }
      if (target !== out) out.set(target);
    },

    logPartition(theta, out, context) {
      sumRows(theta, out, context, softplus);
    },

    sample(given, rng: Rng, out, context) {
      const theta = checked(given, context);
      checkLength(who, "out", out, theta.length);
      const p = new Float64Array(theta.length);
      probabilities(theta, p);
      for (let row = 0; row * n < theta.length; row++) {
        stream.restart(rng, row);
        for (let i = row * n; i < (row + 1) * n; i++) out[i] = +(stream.uniform() < p[i]!);
      }
    },

    entropy(theta, out, context) {
      sumRows(theta, out, context, entropyOf);
    },

    logProbability(theta, z, out, context) {
      checkTheta(who, theta, n);
      checkFinite(who, "z", z, theta.length);
      const term = (x: number, at: number): number =>
        z[at] === 1 ? -softplus(-x) : z[at] === 0 ? -softplus(x) : -Infinity;
      sumRows(theta, out, context, term, z);
    },
  };
}

function sigmoid(x: number): number {
  const e = exp(-Math.abs(x));
  return (x > 0 ? 1 : e) / (1 + e);
}

/** −p log p − (1 − p) log(1 − p) for p = σ(x); both terms are ≥ 0, so that nothing cancels. */
function entropyOf(x: number): number {
  const size = Math.abs(x);
  const e = exp(-size);
  // A probability of 0 has no entropy, however surprising it would be.
  return e > 0 ? log1p(e) + (size * e) / (1 + e) : 0;
}
