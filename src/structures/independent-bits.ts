import type { ExponentialFamily, FloatArray, Rng } from "../contracts.ts";
import { checkFinite, checkInteger, checkLength, checkTheta } from "../core/check.ts";
import { exp } from "../core/log-exp.ts";
import { rng as makeRng } from "../core/rng.ts";

/**
 * n independent bits: all of {0,1}^n. MAP is the sign (0 for θ = 0), the marginals are sigmoids; all O(n) a row.
 *
 * @param n number of bits.
 * @returns the structure; θ and z have shape [n]. A bit of −Infinity is 0.
 * @throws RangeError, TypeError for bad input.
 * @example
 * import { independentBits } from "hardgrad";
 * const mu = new Float64Array(2);
 * independentBits(2).marginals(Float64Array.of(0, Math.log(3)), mu);
 * mu; // Float64Array [0.5, 0.75]
 */
export function independentBits(n: number): ExponentialFamily {
  const who = "independentBits";
  checkInteger(who, "n", n, 0);
  const stream = makeRng(0);

  /** Writes Σ_i term(θ_i, i) of each row. Rows of nothing do not tell their number; `out` does. */
  function sumRows(theta: FloatArray, out: FloatArray, term: (x: number, at: number) => number): void {
    const rows = checkTheta(who, theta, n) || (n === 0 ? out.length : 0);
    checkLength(who, "out", out, rows);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let i = row * n; i < (row + 1) * n; i++) sum += term(theta[i]!, i);
      out[row] = sum;
    }
  }

  return {
    name: who,
    shape: [n],

    map(theta, out) {
      checkTheta(who, theta, n);
      checkLength(who, "out", out, theta.length);
      for (let i = 0; i < theta.length; i++) out[i] = +(theta[i]! > 0);
    },

    *states() {
      const z = new Float64Array(n);
      for (let count = 0; count < 2 ** n; count++) {
        for (let i = 0; i < n; i++) z[i] = Math.floor(count / 2 ** i) % 2;
        yield z;
      }
    },

    marginals(theta, mu) {
      checkTheta(who, theta, n);
      checkLength(who, "mu", mu, theta.length);
      for (let i = 0; i < theta.length; i++) mu[i] = sigmoid(theta[i]!);
    },

    marginalsJvp(theta, direction, out) {
      checkTheta(who, theta, n);
      checkFinite(who, "direction", direction, theta.length);
      checkLength(who, "out", out, theta.length);
      for (let i = 0; i < theta.length; i++)
        out[i] = sigmoid(theta[i]!) * sigmoid(-theta[i]!) * direction[i]!;
    },

    logPartition(theta, out) {
      sumRows(theta, out, softplus);
    },

    sample(theta, rng: Rng, out) {
      const rows = checkTheta(who, theta, n);
      checkLength(who, "out", out, theta.length);
      for (let row = 0; row < rows; row++) {
        stream.restart(rng, row);
        for (let i = row * n; i < (row + 1) * n; i++) out[i] = +(stream.uniform() < sigmoid(theta[i]!));
      }
    },

    entropy(theta, out) {
      // Both terms are ≥ 0: nothing cancels. A probability of 0 has no entropy, however surprising it would be.
      sumRows(theta, out, (x) =>
        Math.abs(x) > 700 ? 0 : sigmoid(x) * softplus(-x) + sigmoid(-x) * softplus(x),
      );
    },

    logProbability(theta, z, out) {
      checkLength(who, "z", z, theta.length);
      sumRows(theta, out, (x, at) => (z[at] === 1 ? -softplus(-x) : z[at] === 0 ? -softplus(x) : -Infinity));
    },
  };
}

function sigmoid(x: number): number {
  return x > 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/** log(1 + e^x). */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
