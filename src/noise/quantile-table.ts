/**
 * Draws by a tabulated inverse distribution function, for any continuous distribution whose quantiles are known.
 *
 * The side of the median and the octave [2^-(i+2), 2^-(i+1)) of the tail's probability pick a row of 32 cells; each cell
 * holds the cubic that meets quantile and slope at both ends. Cells shrink in proportion to the tail's probability, so
 * tails are as accurate as the middle: an exponential tail of scale 1 is met within 2e-8. A draw costs one 32-bit word;
 * tails below 2⁻⁹ take a second one, so that neighbouring probabilities differ by less than 2⁻²² of themselves down to
 * 2⁻¹⁹, and the table ends at 2⁻⁴¹.
 */
import type { FloatArray, Rng } from "../contracts.ts";
import { coreKernels } from "../core/core-kernels.ts";
import { ARENA, type KernelMemory, TABLE_AT } from "../core/kernels.ts";
import { rng as makeRng, streamOf } from "../core/rng.ts";

/** Writes the quantile at tail probability `p` ≤ 1/2 (from below, or from above) to at[0], the density there to at[1]. */
export type Quantile = (p: number, upper: boolean, at: Float64Array) => void;

const LOG_CELLS = 5;
const CELLS: number = 1 << LOG_CELLS;
/** Octaves served by the first word, and by a second one below them. */
const NEAR_OCTAVES = 8;
const FAR_OCTAVES = 32;
const OCTAVES: number = NEAR_OCTAVES + FAR_OCTAVES;
/** Numbers of one side, from its end in the tail to the median, and what near octaves lie further on than their words say. */
const SIDE: number = 4 * CELLS * OCTAVES;
const NEAR: number = 4 * CELLS * NEAR_OCTAVES;
/** Bits of a normalised word: a leading one, the cell, and the place inside the cell. */
const PLACE_BITS: number = 31 - LOG_CELLS;
const PLACE_MASK: number = 2 ** PLACE_BITS - 1;

const BLOCK = 256;
const words: Uint32Array = new Uint32Array(BLOCK);
const integers: Int32Array = new Int32Array(words.buffer);

/** Fewer numbers or rows than these are faster drawn in JavaScript than copied. */
const KERNEL_DRAWS = 16;
const KERNEL_ROWS = 4;
/** Fewer numbers than these are faster copied one by one than by a view of them. */
const FEW = 64;
/** Numbers that a kernel draws at once, behind its words and keys in the arena: they stay in the cache. */
const MOST_DRAWS: number = 16 * BLOCK;
const KEYS_AT: number = ARENA + 8192;
const DRAWS_AT: number = KEYS_AT + 8192;
/** Numbers that must be drawn from a table, and from no other between, before it is worth its way into the kernels' memory. */
const WORTH_LOADING = 1024;
/** The table in the kernels' memory, that of the last draw, and how much was drawn from it without a kernel. */
let loaded: Float64Array | undefined;
let last: Float64Array | undefined;
let drawn = 0;

/** Tabulates some 5,000 quantiles in 80 KiB. */
export function quantileTable(quantile: Quantile): Float64Array {
  const table = new Float64Array(2 * SIDE);
  tabulate(quantile, false, table, 0);
  tabulate(quantile, true, table, SIDE);
  return table;
}

/** Fills `out` with draws from a quantile table plus `shift`. */
export function drawFromTable(table: Float64Array, out: FloatArray, rng: Rng, shift: number): void {
  const { length, BYTES_PER_ELEMENT: width } = out;
  const native = coreKernels(length >= KERNEL_DRAWS);
  const stream = native && streamOf(rng);
  if (native && stream && isLoaded(native, table, length)) {
    const { key0, key1 } = stream.key();
    let word = stream.at();
    for (let start = 0; start < length; start += MOST_DRAWS) {
      const count = Math.min(MOST_DRAWS, length - start);
      const counter = Math.floor(word / 2) | 0;
      word += native.run.noiseStream(width, key0, key1, counter, word & 1, count, shift, ARENA, DRAWS_AT);
      const draws = width === 4 ? native.f32 : native.f64;
      const at = DRAWS_AT / width;
      if (length < FEW) copyFew(draws, at, out);
      else out.set(draws.subarray(at, at + count), start);
    }
    stream.goTo(word);
    return;
  }
  for (let start = 0; start < length; start += BLOCK) {
    const count = Math.min(BLOCK, length - start);
    rng.fillBits(words, count);
    for (let i = 0; i < count; i++) out[start + i] = shift + draw(table, integers[i]!, rng);
  }
}

/**
 * Fills rows of `size` numbers, row r with draws plus `shift` from `rng.row(r)`.
 * @param out rows × size
 */
export function drawRowsFromTable(
  table: Float64Array,
  out: Float64Array,
  size: number,
  rng: Rng,
  shift: number,
): void {
  const rows = out.length / size;
  const key = streamOf(rng)?.key();
  // Kernels count rows in one word.
  const here = key && size <= BLOCK && key.firstRow + rows <= 2 ** 32;
  const native = here ? coreKernels(rows >= KERNEL_ROWS) : undefined;
  if (!native || !isLoaded(native, table, out.length)) {
    // Rows that a kernel might draw count themselves.
    if (native && size >= KERNEL_DRAWS) drawn -= out.length;
    const stream = makeRng(0);
    for (let at = 0; at < out.length; at += size) {
      drawFromTable(table, out.subarray(at, at + size), stream.restart(rng, at / size), shift);
    }
    return;
  }
  const { run, f64 } = native;
  const { key0, key1, firstRow } = key!;
  const block = Math.floor(MOST_DRAWS / size) & ~3;
  for (let row = 0; row < rows; row += block) {
    const count = Math.min(block, rows - row);
    run.noiseRows(key0, key1, firstRow + row, count, size, shift, KEYS_AT, ARENA, DRAWS_AT);
    out.set(f64.subarray(DRAWS_AT / 8, DRAWS_AT / 8 + count * size), row * size);
  }
}

/** out = the numbers from `at` on. Four are read before one is written: no engine knows that the two arrays are apart. */
function copyFew(from: FloatArray, at: number, out: FloatArray): void {
  let i = 0;
  while (i < out.length - 3) {
    const a = from[at++]!;
    const b = from[at++]!;
    const c = from[at++]!;
    const d = from[at++]!;
    out[i++] = a;
    out[i++] = b;
    out[i++] = c;
    out[i++] = d;
  }
  while (i < out.length) out[i++] = from[at++]!;
}

/** Whether a table is in the kernels' memory, where it comes when it is worth it: laws in turn would go to and fro. */
function isLoaded({ f64 }: KernelMemory, table: Float64Array, length: number): boolean {
  if (last !== table) drawn = 0;
  last = table;
  if (loaded === table) return true;
  drawn += length;
  if (drawn < WORTH_LOADING) return false;
  f64.set(table, TABLE_AT / 8);
  loaded = table;
  return true;
}

function draw(table: Float64Array, word: number, rng: Rng): number {
  const sign = word >> 31;
  // Steps to the nearer end of the unit interval, in half steps: the middle of each of 2³² equal intervals.
  const tail = ((word ^ sign) << 1) | 1;
  if (Math.clz32(tail) < NEAR_OCTAVES) return evaluate(table, (sign & SIDE) + NEAR, tail);
  // A new word in units of this tail's probability; zero would have no leading bit.
  return evaluate(table, sign & SIDE, rng.bits() || 1);
}

function evaluate(table: Float64Array, start: number, word: number): number {
  const octave = Math.clz32(word);
  const at = start + (((30 - octave) * CELLS + ((word << octave) >>> PLACE_BITS)) << 2);
  const x = word & (PLACE_MASK >>> octave);
  return table[at]! + x * (table[at + 1]! + x * (table[at + 2]! + x * table[at + 3]!));
}

function tabulate(quantile: Quantile, upper: boolean, table: Float64Array, start: number): void {
  const node = new Float64Array(2);
  const sign = upper ? -1 : 1;
  for (let octave = 0; octave < OCTAVES; octave++) {
    const width = 2 ** -(octave + 2 + LOG_CELLS);
    quantile(CELLS * width, upper, node);
    let x0 = node[0]!;
    let slope0 = (sign * width) / node[1]!;
    // A step of the word, first or second, in cells.
    const step = 2 ** ((octave < NEAR_OCTAVES ? octave : octave - NEAR_OCTAVES) - PLACE_BITS);
    for (let cell = 0; cell < CELLS; cell++) {
      quantile((CELLS + cell + 1) * width, upper, node);
      const x1 = node[0]!;
      const slope1 = (sign * width) / node[1]!;
      // Hermite's cubic on [0, 1], then in steps.
      const at = start + 4 * ((OCTAVES - 1 - octave) * CELLS + cell);
      const rise = x1 - x0;
      table[at] = x0;
      table[at + 1] = slope0 * step;
      table[at + 2] = (3 * rise - 2 * slope0 - slope1) * step ** 2;
      table[at + 3] = (slope0 + slope1 - 2 * rise) * step ** 3;
      x0 = x1;
      slope0 = slope1;
    }
  }
}
