/**
 * Counter-based random numbers: Threefry-2×32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 *
 * A generator is a key and a counter; words 2i and 2i + 1 of a stream are a keyed scramble of (i, 0). A key can
 * therefore be split into independent children without drawing, and the same key gives the same bits on every
 * platform. Streams use 13 rounds, the fewest that pass BigCrush; keys of children are derived with the recommended 20.
 * A stream repeats itself after 2^33 words.
 */
import type { Rng } from "../contracts.ts";
import { checkInteger, checkPositive, describe } from "./check.ts";
import { coreKernels } from "./core-kernels.ts";
import { WORDS_AT } from "./kernels.ts";
import { exp, log } from "./log-exp.ts";
import { threefry, threefryStream } from "./threefry.ts";

/**
 * Makes a generator.
 * @param seed an integer in [0, 2⁵³).
 * @throws TypeError if `seed` is no number, RangeError if it is out of range.
 * @example
 * import { rng } from "hardgrad";
 * rng(0).uniform() === rng(0).uniform(); // true
 */
export function rng(seed: number): Rng {
  if (typeof seed !== "number") throw new TypeError(`rng: seed expected a number, got ${describe(seed)}`);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`rng: seed expected an integer in [0, 2^53), got ${seed}`);
  }
  // Scrambled once, so that the seeds 0, 1, 2, … do not share a key word with any child.
  return new Threefry().rekey(0, 0, seed, 0);
}

/** Second counter word of keys derived for rows, plus their high bits; those of `split` stay below 2²¹. */
const ROW_DOMAIN = 0x40000000;

/**
 * Words drawn one by one come from a buffer: several blocks computed together overlap in the processor, one alone
 * does not. It starts small, since many streams serve a row that needs a word or two, and doubles while words are
 * asked for; 16 words still live inside the array object, which makes new generators cheap.
 */
const FIRST_BUFFER = 4;
const SMALL_BUFFER = 16;
const LARGEST_BUFFER = 2048;

/** Words a call of `threefryStream`: V8 never compiles it well for short calls if its first call was a very long loop. */
const CHUNK = 256;

const EMPTY: Uint32Array = new Uint32Array(0);
const derived: Int32Array = new Int32Array(2);

/** Fewer words than this are faster made in JavaScript than copied. */
const KERNEL_WORDS = 64;
/** Words that a kernel makes at once: they stay in the cache. */
const MOST_WORDS = 4096;

/** A stream as kernels see it: they are told its key and where it stands, and say where it goes on. */
export interface Stream {
  key(): RngKey;
  /** Number of the next word, modulo 2³³. */
  at(): number;
  goTo(word: number): void;
}

/** The stream of a generator that `rng` made; undefined for anybody else's. */
export function streamOf(rng: Rng): Stream | undefined {
  return rng instanceof Threefry ? rng : undefined;
}

/** What a generator's streams and children are derived from, as another thread can be told. */
export interface RngKey {
  readonly key0: number;
  readonly key1: number;
  readonly firstRow: number;
}

/** The key of a generator that `rng` made; undefined for anybody else's. */
export function rngKey(rng: Rng): RngKey | undefined {
  return streamOf(rng)?.key();
}

/** A generator with this key, at its stream's start. */
export function rngOf(key: RngKey): Rng {
  return new Threefry().become(key);
}

class Threefry implements Rng, Stream {
  #key0 = 0;
  #key1 = 0;
  #firstRow = 0;
  /** Counter of the next block to be computed. */
  #counter = 0;
  /** Words computed ahead: #buffer[#next … #end). */
  #buffer: Uint32Array = EMPTY;
  #next = 0;
  #end = 0;
  /** The other one of a pair; 0 where there is none. */
  #spareNormal = 0;

  /** Goes to the start of the stream whose key is the scramble of (index, domain) under this key, 20 rounds. */
  rekey(key0: number, key1: number, index: number, domain: number): this {
    threefry(key0, key1, index | 0, domain + Math.floor(index / 2 ** 32), 5, derived);
    return this.become({ key0: derived[0]!, key1: derived[1]!, firstRow: 0 });
  }

  key(): RngKey {
    return { key0: this.#key0, key1: this.#key1, firstRow: this.#firstRow };
  }

  become({ key0, key1, firstRow }: RngKey): this {
    this.#key0 = key0;
    this.#key1 = key1;
    this.#firstRow = firstRow;
    this.#counter = 0;
    this.#next = 0;
    this.#end = 0;
    this.#spareNormal = 0;
    return this;
  }

  split(index: number): Rng {
    checkInteger("rng.split", "index", index, 0);
    const child = new Threefry().rekey(this.#key0, this.#key1, index, 0);
    // A worker's children see the same rows as it does itself.
    child.#firstRow = this.#firstRow;
    return child;
  }

  row(index: number): Rng {
    checkInteger("rng.row", "index", index, 0);
    return new Threefry().restart(this, index);
  }

  fromRow(first: number): Rng {
    checkInteger("rng.fromRow", "first", first, 0);
    return rngOf({ ...this.key(), firstRow: this.#firstRow + first });
  }

  restart(parent: Rng, index: number): Rng {
    // Every sampler comes by here with the caller's generator: arguments in the wrong order end here, too.
    if (!(parent instanceof Threefry)) {
      throw new TypeError(`rng: expected an Rng, as rng(seed) makes, got ${describe(parent)}`);
    }
    if (!(Number.isSafeInteger(index) && index >= 0)) checkInteger("rng.restart", "index", index, 0);
    return this.rekey(parent.#key0, parent.#key1, parent.#firstRow + index, ROW_DOMAIN);
  }

  bits(): number {
    if (this.#next === this.#end) this.#refill();
    return this.#buffer[this.#next++]!;
  }

  at(): number {
    return 2 * this.#counter - (this.#end - this.#next);
  }

  goTo(word: number): void {
    this.#counter = Math.floor(word / 2) | 0;
    this.#next = 0;
    this.#end = 0;
    if (word & 1) this.bits();
  }

  fillBits(out: Uint32Array, length: number = out?.length): void {
    if (!(out instanceof Uint32Array)) {
      throw new TypeError(`rng.fillBits: out expected a Uint32Array, got ${describe(out)}`);
    }
    checkInteger("rng.fillBits", "length", length, 0, out.length);
    let start = 0;
    while (start < length && this.#next < this.#end) out[start++] = this.#buffer[this.#next++]!;
    const even = start + ((length - start) & ~1);
    this.#scramble(out, start, even);
    if (even < length) out[even] = this.bits();
  }

  /** out[start … even) = the next words, an even number of them, with nothing left in the buffer. */
  #scramble(out: Uint32Array, start: number, even: number): void {
    const native = coreKernels(even - start >= KERNEL_WORDS);
    while (start < even) {
      const words = Math.min(even - start, native ? MOST_WORDS : CHUNK);
      if (native) {
        native.run.threefryWords(this.#key0, this.#key1, this.#counter, words >> 1, WORDS_AT);
        out.set(native.u32.subarray(WORDS_AT >> 2, (WORDS_AT >> 2) + words), start);
      } else threefryStream(this.#key0, this.#key1, this.#counter, out, start, start + words);
      this.#counter = (this.#counter + (words >> 1)) | 0;
      start += words;
    }
  }

  /** Computes words ahead, behind the one that may be left. */
  #refill(): void {
    const left = this.#end - this.#next;
    const size = this.#end === 0 ? FIRST_BUFFER : Math.min(2 * this.#end, LARGEST_BUFFER);
    const before = this.#buffer;
    if (size > before.length) {
      this.#buffer = new Uint32Array(size > SMALL_BUFFER ? Math.min(4 * size, LARGEST_BUFFER) : SMALL_BUFFER);
    }
    if (left > 0) this.#buffer[0] = before[this.#next]!;
    this.#scramble(this.#buffer, left, size - left);
    this.#next = 0;
    this.#end = size - left;
  }

  uniform(): number {
    // Both words at once: to go on from one to the next takes longer than to read it.
    if (this.#end - this.#next < 2) this.#refill();
    const words = this.#buffer;
    const at = this.#next;
    this.#next = at + 2;
    // 26 bits each, and one for half a step up: 53 bits in all, so that nothing rounds to 0 or 1.
    return (words[at]! >>> 6) * 2 ** -26 + ((words[at + 1]! >>> 5) | 1) * 2 ** -53;
  }

  exponential(): number {
    return -log(this.uniform());
  }

  gumbel(): number {
    return -log(-log(this.uniform()));
  }

  normal(): number {
    const spare = this.#spareNormal;
    this.#spareNormal = 0;
    return spare || this.#pairOfNormals();
  }

  /** Marsaglia's polar method: one of the two, neither of which is 0, is kept for the next call. */
  #pairOfNormals(): number {
    for (;;) {
      const a = 2 * this.uniform() - 1;
      const b = 2 * this.uniform() - 1;
      const square = a * a + b * b;
      if (square >= 1) continue;
      const factor = Math.sqrt((-2 * log(square)) / square);
      this.#spareNormal = b * factor;
      return a * factor;
    }
  }

  gamma(shape: number): number {
    // Engines inline so much and no more: the call would take the place of a number drawn below.
    if (!(Number.isFinite(shape) && shape > 0)) checkPositive("rng.gamma", "shape", shape);
    const boost = shape < 1 ? exp(log(this.uniform()) / shape) : 1;
    const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const t = 1 + c * x;
      if (t <= 0) continue;
      const v = t * t * t;
      const u = this.uniform();
      const square = x * x;
      // The squeeze accepts 98 % of the draws without a logarithm.
      if (u < 1 - 0.0331 * square * square || log(u) < 0.5 * square + d * (1 - v + log(v)))
        return boost * d * v;
    }
  }
}
