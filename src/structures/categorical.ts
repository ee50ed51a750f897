import type { RowKernel } from "../algorithms/row-kernel.ts";
import { softmaxRows } from "../algorithms/softmax/softmax-rows.ts";
import { rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, Rng, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";
import { exp } from "../core/log-exp.ts";
import { checkRoom } from "../core/room.ts";

/** What may differ from row to row. */
export interface CategoricalContext {
  /** Row r has `lengths[r]` categories, its first; the others are in no state. Of 0, a padded step, z is 0. */
  readonly lengths?: ArrayLike<number>;
  /** rows × n; a category with mask 0 is in no state. A row without any is a padded step, too. */
  readonly mask?: ArrayLike<number>;
}

/**
 * One of n categories, as a one-hot vector. MAP is the argmax, the lowest index on ties; the marginals are the
 * softmax; all O(n) a row.
 *
 * A row that its context leaves no category, as padded steps of a sequence, has one state, of zeros: its marginals,
 * log-partition and entropy are 0. Where θ alone excludes every category, it is an error.
 *
 * @param n number of categories, ≥ 1.
 * @returns the structure; θ and z have shape [n]. A category of −Infinity is excluded.
 * @throws RangeError where n is out of range or θ excludes every category that the context leaves a row.
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
  checkRoom(who, `n = ${n}`, 4 * n);
  const theta = new Float64Array(n);
  const vector = new Float64Array(n);
  const result = new Float64Array(n);
  const p = new Float64Array(n);
  let length = n;
  /** Whether the context leaves the row no category, so that its one state is zero. */
  let padded = false;
  let best = 0;
  /** log Σ exp(θ − max θ). */
  let logTotal = 0;

  const kernel: RowKernel = {
    theta,
    vector,
    result,
    map() {
      best = 0;
      if (padded) {
        result.fill(0);
        return true;
      }
      for (let i = 1; i < length; i++) if (theta[i]! > theta[best]!) best = i;
      result.fill(0);
      result[best] = 1;
      return theta[best] !== -Infinity;
    },
    sums() {
      if (!kernel.map()) return -Infinity;
      // The best one's e⁰ = 1 is added last: next to it small probabilities would be lost from the entropy. Even and odd
      // categories are summed apart, as two lanes do.
      const to = p;
      const top = theta[best]!;
      let even = 0;
      let odd = 0;
      to.fill(0);
      if (padded) return 0;
      for (let i = 0; i < length; i++) {
        const e = exp(theta[i]! - top);
        to[i] = e;
        if (i === best) continue;
        if (i & 1) odd += e;
        else even += e;
      }
      const others = even + odd;
      const share = 1 / (1 + others);
      for (let i = 0; i < length; i++) to[i] = to[i]! * share;
      logTotal = Math.log1p(others);
      return top + logTotal;
    },
    marginals() {
      result.set(p);
    },
    jvp() {
      if (padded) {
        result.fill(0);
        return;
      }
      // Centred at the best one's direction first, so that a large common part does not cancel.
      const ofBest = vector[best]!;
      let even = 0;
      let odd = 0;
      for (let i = 0; i < length; i++) {
        const x = p[i]! * (vector[i]! - ofBest);
        if (i & 1) odd += x;
        else even += x;
      }
      const mean = even + odd;
      for (let i = 0; i < n; i++) result[i] = p[i]! * (vector[i]! - ofBest - mean);
    },
    batch: (theta, direction, out, alone) => softmaxRows(theta, direction, n, out, alone),
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
      if (!padded) result[chosen] = 1;
    },
    isState() {
      let ones = 0;
      for (let i = 0; i < n; i++) {
        if (vector[i] !== 0 && (vector[i] !== 1 || i >= length || theta[i] === -Infinity)) return false;
        ones += vector[i]!;
      }
      return ones === (padded ? 0 : 1);
    },
    *enumerate() {
      // `length` is another call's by the time this goes on.
      const count = length;
      const z = new Float64Array(n);
      if (padded) yield z;
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
    anySize: true,
    excludes: true,
    checkContext(context, rows) {
      if (context.lengths !== undefined) checkRowIntegers(who, "lengths", context.lengths, rows, 0, n);
    },
    setRow(context, row) {
      length = context?.lengths ? context.lengths[row]! : n;
      padded = length === 0;
      if (!context?.mask || padded) return;
      padded = true;
      for (let i = row * n; padded && i < row * n + length; i++) padded = context.mask[i] === 0;
    },
  });
  return { ...family, cardinality: 1 };
}
