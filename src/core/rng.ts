/**
 * Counter-based random numbers: Threefry-2×32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 *
 * A generator is a key and a counter; word i of a stream is a keyed scramble of i. A key can therefore be split into
 * independent children without drawing, and the same key gives the same bits on every platform. Streams use 13 rounds,
 * the fewest that pass BigCrush; keys of children are derived with the recommended 20.
 */
import { exp, log } from "./log-exp.ts";

/** A stream of random numbers that can be split into independent streams. */
export interface Rng {
  /** An independent generator, determined by this one's key and `index` alone, whatever was drawn before. */
  split(index: number): Rng;
  /** The stream of row `index`: what layers and samplers draw a row's numbers from. */
  row(index: number): Rng;
  /** The same generator seen from row `first` on: a worker that holds rows `first`… gets their very streams. */
  fromRow(first: number): Rng;
  /** Becomes `parent.row(index)` in place: the loop over rows allocates nothing. Returns itself. */
  restart(parent: Rng, index: number): Rng;
  /** A 32-bit unsigned integer. */
  bits(): number;
  /** Fills the first `length` entries with 32-bit words; the words that as many calls of `bits` would return. */
  fillBits(out: Uint32Array, length?: number): void;
  /** Uniform on the open interval (0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal, by Marsaglia's polar method. */
  normal(): number;
  /** Exponential with rate 1. */
  exponential(): number;
  /** Gumbel(0, 1). */
  gumbel(): number;
  /** Gamma with this shape and scale 1, by Marsaglia and Tsang (2000), boosted for shapes below 1. */
  gamma(shape: number): number;
}

/**
 * Makes a generator.
 * @param seed an integer in [0, 2⁵³).
 * @throws TypeError if `seed` is no number, RangeError if it is out of range.
 * @example
 * rng(0).uniform() === rng(0).uniform(); // true
 */
export function rng(seed: number): Rng {
  if (typeof seed !== "number") throw new TypeError(`rng: seed expected a number, got ${typeof seed}`);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`rng: seed expected an integer in [0, 2^53), got ${seed}`);
  }
  // Scrambled once, so that the seeds 0, 1, 2, … do not share a key word with any child.
  return new Threefry().rekey(0, 0, seed | 0, Math.floor(seed / 2 ** 32) | 0);
}

const PARITY = 0x1bd11bda;
const ROW_DOMAIN = 0x40000000;

class Threefry implements Rng {
  #key0 = 0;
  #key1 = 0;
  #firstRow = 0;
  #counter = 0;
  /** The second word of the last block, when only the first was used. */
  #spare = 0;
  #hasSpare = false;
  #spareNormal = 0;
  #hasSpareNormal = false;

  /** Sets the key to the scramble of (x0, x1) under (key0, key1), 20 rounds, and the counter to 0. */
  rekey(key0: number, key1: number, x0: number, x1: number): this {
    const key2 = key0 ^ key1 ^ PARITY;
    let a = (x0 + key0) | 0;
    let b = (x1 + key1) | 0;
    for (let group = 1; group <= 5; group++) {
      const odd = (group & 1) === 1;
      a = (a + b) | 0;
      b = rotate(b, odd ? 13 : 17) ^ a;
      a = (a + b) | 0;
      b = rotate(b, odd ? 15 : 29) ^ a;
      a = (a + b) | 0;
      b = rotate(b, odd ? 26 : 16) ^ a;
      a = (a + b) | 0;
      b = rotate(b, odd ? 6 : 24) ^ a;
      const turn = group % 3;
      a = (a + (turn === 0 ? key0 : turn === 1 ? key1 : key2)) | 0;
      b = (b + (turn === 0 ? key1 : turn === 1 ? key2 : key0) + group) | 0;
    }
    this.#key0 = a;
    this.#key1 = b;
    this.#firstRow = 0;
    this.#counter = 0;
    this.#hasSpare = false;
    this.#hasSpareNormal = false;
    return this;
  }

  split(index: number): Rng {
    return new Threefry().rekey(this.#key0, this.#key1, index | 0, Math.floor(index / 2 ** 32) | 0);
  }

  row(index: number): Rng {
    return new Threefry().restart(this, index);
  }

  fromRow(first: number): Rng {
    const view = new Threefry();
    view.#key0 = this.#key0;
    view.#key1 = this.#key1;
    view.#firstRow = this.#firstRow + first;
    return view;
  }

  restart(parent: Rng, index: number): Rng {
    const { key0, key1, firstRow } = (parent as Threefry).state();
    return this.rekey(key0, key1, (firstRow + index) | 0, ROW_DOMAIN);
  }

  private state(): { key0: number; key1: number; firstRow: number } {
    return { key0: this.#key0, key1: this.#key1, firstRow: this.#firstRow };
  }

  bits(): number {
    if (this.#hasSpare) {
      this.#hasSpare = false;
      return this.#spare >>> 0;
    }
    pair[0] = 0;
    this.#blocks(pair, 0, 2);
    this.#spare = pair[1]!;
    this.#hasSpare = true;
    return pair[0]!;
  }

  fillBits(out: Uint32Array, length: number = out.length): void {
    let start = 0;
    if (this.#hasSpare && length > 0) {
      out[start++] = this.#spare;
      this.#hasSpare = false;
    }
    const even = start + ((length - start) & ~1);
    this.#blocks(out, start, even);
    if (even < length) out[even] = this.bits();
  }

  /** Writes whole blocks, two words each, to out[start..end). */
  #blocks(out: Uint32Array, start: number, end: number): void {
    const key0 = this.#key0;
    const key1 = this.#key1;
    const key2 = key0 ^ key1 ^ PARITY;
    let counter = this.#counter;
    for (let i = start; i < end; i += 2) {
      let a = (counter++ + key0) | 0;
      let b = key1;
      a = (a + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0;
      b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0;
      b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0;
      b = ((b << 6) | (b >>> 26)) ^ a;
      a = (a + key1) | 0;
      b = (b + key2 + 1) | 0;
      a = (a + b) | 0;
      b = ((b << 17) | (b >>> 15)) ^ a;
      a = (a + b) | 0;
      b = ((b << 29) | (b >>> 3)) ^ a;
      a = (a + b) | 0;
      b = ((b << 16) | (b >>> 16)) ^ a;
      a = (a + b) | 0;
      b = ((b << 24) | (b >>> 8)) ^ a;
      a = (a + key2) | 0;
      b = (b + key0 + 2) | 0;
      a = (a + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0;
      b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0;
      b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0;
      b = ((b << 6) | (b >>> 26)) ^ a;
      a = (a + key0) | 0;
      b = (b + key1 + 3) | 0;
      a = (a + b) | 0;
      b = ((b << 17) | (b >>> 15)) ^ a;
      out[i] = a;
      out[i + 1] = b;
    }
    this.#counter = counter | 0;
  }

  uniform(): number {
    // 26 and 27 bits, then half a step up: never 0, never 1.
    const high = this.bits() >>> 6;
    const low = this.bits() >>> 5;
    return (high * 134217728 + low + 0.5) * 2 ** -53;
  }

  exponential(): number {
    return -log(this.uniform());
  }

  gumbel(): number {
    return -log(-log(this.uniform()));
  }

  normal(): number {
    if (this.#hasSpareNormal) {
      this.#hasSpareNormal = false;
      return this.#spareNormal;
    }
    for (;;) {
      const a = 2 * this.uniform() - 1;
      const b = 2 * this.uniform() - 1;
      const square = a * a + b * b;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * log(square)) / square);
      this.#spareNormal = b * factor;
      this.#hasSpareNormal = true;
      return a * factor;
    }
  }

  gamma(shape: number): number {
    if (!(shape > 0 && shape < Infinity)) {
      throw new RangeError(`gamma: shape expected a finite number > 0, got ${shape}`);
    }
    if (shape < 1) return this.gamma(shape + 1) * exp(log(this.uniform()) / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const t = 1 + c * x;
      if (t <= 0) continue;
      const v = t * t * t;
      const u = this.uniform();
      const square = x * x;
      // The squeeze accepts 98 % of the draws without a logarithm.
      if (u < 1 - 0.0331 * square * square || log(u) < 0.5 * square + d * (1 - v + log(v))) return d * v;
    }
  }
}

const pair = new Uint32Array(2);

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by));
}
