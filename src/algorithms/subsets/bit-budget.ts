/**
 * Bits z_0 … z_{n−1} along a line, decided one after the other within a budget:
 *
 *     p(z) ∝ exp(Σ θ_i z_i + Σ θ_{n+i} z_i z_{i+1}),   Σ w_i z_i = budget, ≤ budget, or between two bounds.
 *
 * A state of the dynamic programme is (position, previous bit, budget left); without products of neighbours the previous
 * bit is dropped. `sums` runs from the last bit to the first and leaves P(z_i = 1 | state) for every state; marginals,
 * derivative, entropy and samples are averages over these. O(n · budget) time and memory.
 *
 * A sum is a double times a power of B = 2^512, with one exponent a state. All terms are positive, so every sum is good
 * to some units in the last place whatever the size of θ, and no state costs a logarithm or an exponential.
 */

import type { Rng } from "../../contracts.ts";
import { exp, log } from "../../core/log-exp.ts";
import { depthFirst, type Walk } from "../depth-first.ts";
import type { RowKernel } from "../row-kernel.ts";
import { type BitRow, nativeBits } from "./native-bits.ts";

const BASE: number = 2 ** 512;
/** Mantissas stay in [1 / ROOT, ROOT), so that a product of two is a normal number. */
const ROOT: number = 2 ** 256;
/** log B in two parts; the first has so few bits that small multiples are exact. */
const LOG_BASE_HIGH: number = 512 * 6.9314718036912382e-1;
const LOG_BASE_LOW: number = 512 * 1.9082149292705877e-10;
const LOG_ROOT = 177.5;
/** A probability below this adds nothing to an entropy, and might be subnormal. */
const NEGLIGIBLE = 1e-300;

export interface BitBudget extends RowKernel {
  /** Weights of the bits, 1 to begin with; to be changed before `setRow`. */
  readonly weights: Int32Array;
  /** The row has its first `length` bits, the others are 0, and this budget, of which at least `least` is used up. */
  setRow(length: number, limit: number, least?: number): void;
  /** All states of the row as it is set now; the array is reused. */
  enumerate(): Iterable<Float64Array>;
}

export interface BitBudgetOptions {
  /** Whether θ goes on with the n − 1 products of neighbours. */
  readonly products: boolean;
  /** Whether the budget must be used up. */
  readonly exact: boolean;
}

export function bitBudget(capacity: number, { products, exact }: BitBudgetOptions): BitBudget {
  const size = products ? Math.max(0, 2 * capacity - 1) : capacity;
  const theta = new Float64Array(size);
  const vector = new Float64Array(size);
  const result = new Float64Array(size);
  const weights = new Int32Array(capacity).fill(1);
  /** A layer holds one block of states for each value of the previous bit. */
  const blocks = products ? 2 : 1;

  const uniforms = new Float64Array(capacity);

  let n = capacity;
  let budget = 0;
  /** States of a block: budgets 0 … `budget`. */
  let stride = 1;
  /** Before bit i, only budgets in [low_i, high_i] can be reached and completed. */
  const low = new Int32Array(capacity + 1);
  const high = new Int32Array(capacity + 1);

  /** Two layers, layer i in half i & 1, of what runs backwards: sums, best scores, or means. */
  let value = new Float64Array(0);
  let exponent = new Float64Array(0);
  /** Two layers of what runs forwards: the probability of a state, and its derivative. */
  let reach = new Float64Array(0);
  let dReach = new Float64Array(0);
  /** All layers: P(bit is 1 | state), its derivative, and the better bit. */
  let chance = new Float64Array(0);
  let dChance = new Float64Array(0);
  let taken = new Uint8Array(0);

  function setRow(length: number, limit: number, least: number = exact ? limit : 0): void {
    n = length;
    let total = 0;
    for (let i = 0; i < n; i++) if (weights[i]! <= limit) total += weights[i]!;
    budget = exact ? limit : Math.min(limit, total);
    stride = budget + 1;
    low[0] = budget;
    for (let i = 0; i < n; i++) low[i + 1] = Math.max(0, low[i]! - weights[i]!);
    // What more must be used up than there is leaves nothing to reach.
    high[n] = budget - least;
    for (let i = n - 1; i >= 0; i--) high[i] = Math.min(budget, high[i + 1]! + weights[i]!);
    const two = 2 * blocks * stride;
    if (value.length < two) {
      value = new Float64Array(two);
      exponent = new Float64Array(two);
      reach = new Float64Array(two);
      dReach = new Float64Array(two);
    }
  }

  const logFactor = (i: number, block: number): number =>
    block === 0 ? theta[i]! : theta[i]! + theta[capacity + i - 1]!;

  // Where a block begins: in the two layers, and in a table of all.
  const at = (i: number, block: number): number => ((i & 1) * blocks + block) * stride;
  const inTable = (i: number, block: number): number => (i * blocks + block) * stride;

  /** Runs `pass` from the last block to the first. A layer cannot complete every budget that reaches it: `dead`. */
  function backwards(terminal: number, dead: number, pass: (i: number, block: number) => void): void {
    fillLayer(value, n, low[n]!, high[n]!, terminal);
    fillLayer(exponent, n, low[n]!, high[n]!, 0);
    for (let i = n - 1; i >= 0; i--) {
      fillLayer(value, i + 1, high[i + 1]! + 1, high[i]!, dead);
      for (let block = 0; block < (i === 0 ? 1 : blocks); block++) pass(i, block);
    }
  }

  function fillLayer(array: Float64Array, i: number, first: number, last: number, x: number): void {
    // Most ranges are short: a loop is faster than the built-in.
    for (let block = 0; block < blocks; block++) {
      const start = at(i, block);
      for (let c = first; c <= last; c++) array[start + c] = x;
    }
  }

  function map(): boolean {
    if (taken.length < inTable(n, 0)) taken = new Uint8Array(inTable(n, 0));
    backwards(0, -Infinity, scoreBlock);
    if (high[0]! < budget || value[budget] === -Infinity) return false;
    result.fill(0);
    let left = budget;
    for (let i = 0, bit = 0; i < n; i++) {
      const block = bit * (blocks - 1);
      bit = taken[inTable(i, block) + left]!;
      if (bit === 1) left = take(i, block, left);
    }
    return true;
  }

  /** Sets bit i of the result, with its product in the block where the previous bit is 1. Returns the budget left. */
  function take(i: number, block: number, left: number): number {
    result[i] = 1;
    if (block === 1) result[capacity + i - 1] = 1;
    return left - weights[i]!;
  }

  function scoreBlock(i: number, block: number): void {
    const weight = weights[i]!;
    const here = at(i, block);
    const zero = at(i + 1, 0);
    const one = at(i + 1, blocks - 1) - weight;
    const table = inTable(i, block);
    const last = high[i]!;
    const gain = logFactor(i, block);
    // The lowest index wins; where nothing has to be taken, what gains nothing is left.
    const tied = exact || gain > 0 ? 1 : 0;
    let c = low[i]!;
    for (; c < weight && c <= last; c++) {
      value[here + c] = value[zero + c]!;
      taken[table + c] = 0;
    }
    for (; c <= last; c++) {
      const without = value[zero + c]!;
      const within = gain + value[one + c]!;
      const better = within > without;
      value[here + c] = better ? within : without;
      taken[table + c] = better ? 1 : within === without ? tied : 0;
    }
  }

  function sums(): number {
    if (chance.length < inTable(n, 0)) chance = new Float64Array(inTable(n, 0));
    backwards(1, 0, sumBlock);
    if (high[0]! < budget || value[budget] === 0) return -Infinity;
    const power = exponent[budget]!;
    return power * LOG_BASE_HIGH + (power * LOG_BASE_LOW + log(value[budget]!));
  }

  function sumBlock(i: number, block: number): void {
    const weight = weights[i]!;
    const here = at(i, block);
    const zero = at(i + 1, 0);
    const one = at(i + 1, blocks - 1) - weight;
    const table = inTable(i, block);
    const last = high[i]!;
    const gain = logFactor(i, block);
    const power =
      Math.abs(gain) < LOG_ROOT || gain === -Infinity ? 0 : Math.floor(gain / LOG_BASE_HIGH + 0.5);
    const rest = gain - power * LOG_BASE_HIGH - power * LOG_BASE_LOW;
    // Beyond 1e15 the remainder is noise, which must not overflow.
    const factor = exp(power === 0 ? rest : Math.min(Math.max(rest, -LOG_ROOT), LOG_ROOT));
    let c = low[i]!;
    for (; c < weight && c <= last; c++) {
      value[here + c] = value[zero + c]!;
      exponent[here + c] = exponent[zero + c]!;
      chance[table + c] = 0;
    }
    for (; c <= last; c++) {
      let without = value[zero + c]!;
      let within = factor * value[one + c]!;
      let e = exponent[zero + c]!;
      const gap = power + exponent[one + c]! - e;
      if (gap !== 0 && within !== 0) {
        // The smaller of the two is brought to the exponent of the larger, or vanishes.
        if (gap > 0 || without === 0) {
          e += gap;
          without = gap === 1 ? without / BASE : 0;
        } else within = gap === -1 ? within / BASE : 0;
      }
      let sum = without + within;
      chance[table + c] = within === 0 ? 0 : within / sum;
      if (sum >= ROOT) {
        sum /= BASE;
        e++;
      } else if (sum < 1 / ROOT && sum !== 0) {
        sum *= BASE;
        e--;
      }
      value[here + c] = sum;
      exponent[here + c] = e;
    }
  }

  /** Where bits are 1, `vector` is met; its mean over the bits from i on is the derivative of the log-sum. */
  function meanBlock(i: number, block: number): void {
    const weight = weights[i]!;
    const here = at(i, block);
    const zero = at(i + 1, 0);
    const one = at(i + 1, blocks - 1) - weight;
    const table = inTable(i, block);
    const last = high[i]!;
    const own = block === 0 ? vector[i]! : vector[i]! + vector[capacity + i - 1]!;
    let c = low[i]!;
    for (; c < weight && c <= last; c++) value[here + c] = value[zero + c]!;
    for (; c <= last; c++) {
      const p = chance[table + c]!;
      const without = value[zero + c]!;
      const more = own + value[one + c]! - without;
      value[here + c] = without + p * more;
      dChance[table + c] = p * (1 - p) * more;
    }
  }

  /** Entropy of the bits from i on: this bit's, and the mean of the rest. Nothing is subtracted, so nothing cancels. */
  function entropyBlock(i: number, block: number): void {
    const weight = weights[i]!;
    const here = at(i, block);
    const zero = at(i + 1, 0);
    const one = at(i + 1, blocks - 1) - weight;
    const table = inTable(i, block);
    const last = high[i]!;
    let c = low[i]!;
    for (; c < weight && c <= last; c++) value[here + c] = value[zero + c]!;
    for (; c <= last; c++) {
      const p = chance[table + c]!;
      let own = 0;
      if (p > NEGLIGIBLE && p < 1) own = p * log(p) + (1 - p) * log(1 - p);
      value[here + c] = (1 - p) * value[zero + c]! + p * value[one + c]! - own;
    }
  }

  function entropy(): number {
    backwards(0, 0, entropyBlock);
    return value[budget]!;
  }

  function marginals(): void {
    forwards(false);
  }

  function jvp(): void {
    if (dChance.length < inTable(n, 0)) dChance = new Float64Array(inTable(n, 0));
    backwards(0, 0, meanBlock);
    forwards(true);
  }

  /** `result` = P(bit is 1), or its derivative: the sums of what the states of a layer move to the next. */
  function forwards(derivative: boolean): void {
    result.fill(0);
    reach[budget] = 1;
    dReach[budget] = 0;
    for (let i = 0; i < n; i++) {
      fillLayer(reach, i + 1, low[i + 1]!, high[i]!, 0);
      if (derivative) fillLayer(dReach, i + 1, low[i + 1]!, high[i]!, 0);
      for (let block = 0; block < (i === 0 ? 1 : blocks); block++) {
        const moved = derivative ? dMoveBlock(i, block) : moveBlock(i, block);
        result[i]! += moved;
        if (block === 1) result[capacity + i - 1] = moved;
      }
    }
  }

  function moveBlock(i: number, block: number): number {
    const weight = weights[i]!;
    const here = at(i, block);
    const zero = at(i + 1, 0);
    const one = at(i + 1, blocks - 1) - weight;
    const table = inTable(i, block);
    const last = high[i]!;
    let total = 0;
    let other = 0;
    let c = low[i]!;
    for (; c < weight && c <= last; c++) reach[zero + c]! += reach[here + c]!;
    for (; c <= last; c++) {
      const mass = reach[here + c]!;
      const moved = mass * chance[table + c]!;
      reach[zero + c]! += mass - moved;
      reach[one + c]! += moved;
      // Every other budget apart, as SIMD sums them.
      const sum = total + moved;
      total = other;
      other = sum;
    }
    return total + other;
  }

  function dMoveBlock(i: number, block: number): number {
    const weight = weights[i]!;
    const here = at(i, block);
    const zero = at(i + 1, 0);
    const one = at(i + 1, blocks - 1) - weight;
    const table = inTable(i, block);
    const last = high[i]!;
    let total = 0;
    let other = 0;
    let c = low[i]!;
    for (; c < weight && c <= last; c++) {
      reach[zero + c]! += reach[here + c]!;
      dReach[zero + c]! += dReach[here + c]!;
    }
    for (; c <= last; c++) {
      const mass = reach[here + c]!;
      const dMass = dReach[here + c]!;
      const moved = mass * chance[table + c]!;
      const dMoved = dMass * chance[table + c]! + mass * dChance[table + c]!;
      reach[zero + c]! += mass - moved;
      reach[one + c]! += moved;
      dReach[zero + c]! += dMass - dMoved;
      dReach[one + c]! += dMoved;
      const sum = total + dMoved;
      total = other;
      other = sum;
    }
    return total + other;
  }

  function sample(rng: Rng): void {
    drawUniforms(rng);
    choose(chance, stride);
  }

  function drawUniforms(rng: Rng): void {
    for (let i = 0; i < n; i++) uniforms[i] = rng.uniform();
  }

  /** `result` = the state that the uniform numbers choose, by chances with `width` budgets a block. */
  function choose(chance: Float64Array, width: number): Float64Array {
    result.fill(0);
    let left = budget;
    let used = 0;
    for (let i = 0, bit = 0; i < n; i++) {
      const block = bit * (blocks - 1);
      const p = chance[(i * blocks + block) * width + left]!;
      bit = p === 1 || (p > 0 && uniforms[used++]! < p) ? 1 : 0;
      if (bit === 1) left = take(i, block, left);
    }
    return result;
  }

  function isState(): boolean {
    let left = budget;
    for (let i = 0; i < capacity; i++) {
      const bit = vector[i]!;
      if (bit === 1 && i < n) left -= weights[i]!;
      else if (bit !== 0) return false;
    }
    for (let i = capacity; i < size; i++) {
      if (vector[i] !== vector[i - capacity]! * vector[i - capacity + 1]!) return false;
    }
    return left >= 0 && left <= high[n]!;
  }

  function enumerate(): Iterable<Float64Array> {
    // The kernel may serve other rows between two states.
    return depthFirst(statesFrom(new Float64Array(size), weights.slice(), high.slice(0, n + 1), 0, budget));
  }

  /** The states that begin like z before bit i, where all bits from i on are 0 now and on return. */
  function* statesFrom(z: Float64Array, weight: Int32Array, most: Int32Array, i: number, left: number): Walk {
    if (left > most[i]!) return;
    if (i === most.length - 1) {
      yield z;
      return;
    }
    yield statesFrom(z, weight, most, i + 1, left);
    if (weight[i]! > left) return;
    z[i] = 1;
    if (products && i > 0) z[capacity + i - 1] = z[i - 1]!;
    yield statesFrom(z, weight, most, i + 1, left - weight[i]!);
    z[i] = 0;
    if (products && i > 0) z[capacity + i - 1] = 0;
  }

  const native = nativeBits(capacity, blocks, exact, { draw: drawUniforms, choose });
  const row: BitRow = {
    get n() {
      return n;
    },
    get budget() {
      return budget;
    },
    weights,
    low,
    high,
  };

  return {
    theta,
    vector,
    result,
    weights,
    setRow,
    map,
    sums,
    marginals,
    jvp,
    entropy,
    native: (what) => native(what, row),
    sample,
    isState,
    enumerate,
  };
}
