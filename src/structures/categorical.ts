import type { ExponentialFamily, Rng, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { exp } from "../core/log-exp.ts";
import { checkRowIntegers, type RowKernel, rowFamily } from "../core/row-family.ts";

/** What may differ from row to row. */
export interface CategoricalContext {
  /** Row r has `lengths[r]` ≥ 1 categories, its first; the others are in no state. */
  readonly lengths?: ArrayLike<number>;
  /** rows × n; a category with mask 0 is in no state. */
  readonly mask?: ArrayLike<number>;
}

/**
 * One of n categories, as a one-hot vector. MAP is the argmax, the lowest index on ties; the marginals are the
 * softmax; all O(n) a row.
 *
 * @param n number of categories, ≥ 1.
 * @returns the structure; θ and z have shape [n]. A category of −Infinity is excluded.
 * @throws RangeError where n is out of range or a row excludes every category.
 * @example
 * import { categorical } from "hardgrad";
 * const mu = new Float64Array(3);
 * categorical(3).marginals(Float64Array.of(0, 0, Math.log(2)), mu);
 * mu; // Float64Array [0.25, 0.25, 0.5]
 */
export function categorical(
  n: number,
): With<ExponentialFamily<CategoricalContext>, "states" | "cardinality"> {
  const who = "categorical";
  checkInteger(who, "n", n, 1);
  const theta = new Float64Array(n);
  const vector = new Float64Array(n);
  const result = new Float64Array(n);
  const p = new Float64Array(n);
  let length = n;
  let best = 0;
  /** log Σ exp(θ − max θ). */
  let logTotal = 0;

  const kernel: RowKernel = {
    theta,
    vector,
    result,
    map() {
      best = 0;
      for (let i = 1; i < length; i++) if (theta[i]! > theta[best]!) best = i;
      result.fill(0);
      result[best] = 1;
      return theta[best] !== -Infinity;
    },
    sums() {
      if (!kernel.map()) return -Infinity;
      // The best one's e⁰ = 1 is added last: next to it small probabilities would be lost from the entropy.
      let others = 0;
      p.fill(0);
      for (let i = 0; i < length; i++) {
        p[i] = exp(theta[i]! - theta[best]!);
        if (i !== best) others += p[i]!;
      }
      for (let i = 0; i < length; i++) p[i] = p[i]! / (1 + others);
      logTotal = Math.log1p(others);
      return theta[best]! + logTotal;
    },
    marginals() {
      result.set(p);
    },
    jvp() {
      let mean = 0;
      // Centred at the best one's direction first, so that a large common part does not cancel.
      for (let i = 0; i < length; i++) mean += p[i]! * (vector[i]! - vector[best]!);
      for (let i = 0; i < n; i++) result[i] = p[i]! * (vector[i]! - vector[best]! - mean);
    },
    entropy() {
      let sum = 0;
      for (let i = 0; i < length; i++) if (p[i]! > 0) sum += p[i]! * (theta[best]! - theta[i]! + logTotal);
      return sum;
    },
    sample(rng: Rng) {
      let left = rng.uniform();
      let chosen = best;
      for (let i = 0; i < length; i++) {
        left -= p[i]!;
        if (left < 0) {
          chosen = i;
          break;
        }
      }
      result.fill(0);
      result[chosen] = 1;
    },
    isState() {
      let ones = 0;
      for (let i = 0; i < n; i++) {
        if (vector[i] !== 0 && (vector[i] !== 1 || i >= length || theta[i] === -Infinity)) return false;
        ones += vector[i]!;
      }
      return ones === 1;
    },
    *enumerate() {
      // `length` is another call's by the time this goes on.
      const count = length;
      const z = new Float64Array(n);
      for (let i = 0; i < count; i++) {
        z[i] = 1;
        yield z;
        z[i] = 0;
      }
    },
  };

  const family = rowFamily<CategoricalContext>({
    name: who,
    kernel,
    states: "category",
    contextKeys: ["lengths", "mask"],
    checkContext(context, rows) {
      if (context.lengths !== undefined) checkRowIntegers(who, "lengths", context.lengths, rows, 1, n);
    },
    setRow(context, row) {
      length = context?.lengths ? context.lengths[row]! : n;
    },
  });
  return { ...family, cardinality: 1 };
}
