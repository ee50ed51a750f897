/**
 * Noise by a table of quantiles: the same bits as src/noise/quantile-table.ts, four words at a time. Octave and cell of a
 * word are read off its bits as a single, its place in the cell off those as a double.
 */
import { rowKeys, rowWords, threefryWord, threefryWords } from "./threefry";

/**
 * The table of src/noise/quantile-table.ts: for either side 32 far octaves and 8 near ones. The first near one stands where the
 * bits of 2¹⁶ as a single lead, so that nothing has to be subtracted.
 */
const TABLE: usize = 164 << 10;
const SIDE: i32 = 40 << 10;
const AHEAD: usize = TABLE + (32 << 10) - (((127 + 16) * 32) << 5);
/** Distances below this are far out. */
const LEAST: i32 = 1 << 23;
/** Where cells are kept until they are read: loads have ports of their own, lanes are taken out of vectors on those of arithmetic. */
const CELLS: usize = (163 << 10) + 32;
/** Words that a stream is asked for at once; second words come after each block. */
const BLOCK: i32 = 256;

/** Where the cell of a lane lies, before AHEAD; of a word far out it is somewhere ahead of the table, and nobody keeps what comes of it. */
@inline function cell(lane: usize): usize {
  return load<u32>(CELLS + (lane << 2));
}

/** Two draws: 2⁵³ and twice the distance to the nearer end in steps of the word, and where their cells lie. */
@inline function drawTwo(distance: v128, cell1: usize, cell2: usize): v128 {
  // In half steps, the middle of a step; 52 bits follow the leading one, five of them the cell's.
  const tail = f64x2.sub(distance, f64x2.splat(9007199254740991));
  const x = f64x2.sub(tail, v128.and(tail, i64x2.splat(-1 << 47)));
  const low1 = v128.load(cell1, AHEAD);
  const high1 = v128.load(cell1, AHEAD + 16);
  const low2 = v128.load(cell2, AHEAD);
  const high2 = v128.load(cell2, AHEAD + 16);
  let y = v128.shuffle<f64>(high1, high2, 1, 3);
  y = f64x2.add(v128.shuffle<f64>(high1, high2, 0, 2), f64x2.mul(x, y));
  y = f64x2.add(v128.shuffle<f64>(low1, low2, 1, 3), f64x2.mul(x, y));
  return f64x2.add(v128.shuffle<f64>(low1, low2, 0, 2), f64x2.mul(x, y));
}

/** A draw far out in the tail, by its second word. */
function drawFar(sign: i32, word: i32): f64 {
  const second = word ? word : 1;
  const octave = clz(second);
  const at = TABLE + (sign & SIDE) + (((30 - octave) * 32 + ((second << octave) >>> 26)) << 5);
  const x = <f64>(second & (((1 << 26) - 1) >>> octave));
  return load<f64>(at) + x * (load<f64>(at, 8) + x * (load<f64>(at, 16) + x * load<f64>(at, 24)));
}

/**
 * Draws plus `shift` by the `length` words at `words`, to numbers of 4 or 8 bytes at `out`, up to three more of which are
 * overwritten. Second words are those from word `at` of the counters from `counter` on. Returns the word after them.
 */
function draw(
  width: i32,
  key0: i32,
  key1: i32,
  counter: i32,
  at: i32,
  words: usize,
  length: i32,
  shift: f64,
  out: usize,
): i32 {
  const shifts = f64x2.splat(shift);
  const exponent = i32x4.splat(0x43400000);
  const end = words + (length << 2);
  do {
    const four = v128.load(words);
    const signs = i32x4.shr_s(four, 31);
    const distance = v128.xor(four, signs);
    // 24 bits are a single without rounding; forty octaves on lies the upper side.
    const octaves = f32x4.convert_i32x4_s(i32x4.shr_u(distance, 7));
    const bits = i32x4.add(octaves, v128.and(signs, i32x4.splat(40 << 23)));
    v128.store(CELLS, i32x4.shl(i32x4.shr_u(bits, 18), 5));
    const low = f64x2.add(shifts, drawTwo(v128.shuffle<i32>(distance, exponent, 0, 4, 1, 5), cell(0), cell(1)));
    const high = f64x2.add(shifts, drawTwo(v128.shuffle<i32>(distance, exponent, 2, 6, 3, 7), cell(2), cell(3)));
    if (width == 4) {
      v128.store(out, v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2));
    } else {
      v128.store(out, low);
      v128.store(out, high, 16);
    }
    const far = i32x4.bitmask(i32x4.sub(distance, i32x4.splat(LEAST)));
    if (far) for (let lane = 0; lane < 4; lane++) {
      const word = words + (lane << 2);
      if (word >= end || ((far >> lane) & 1) == 0) continue;
      const second = threefryWord(key0, key1, counter + (at >>> 1), at & 1);
      at++;
      const y = shift + drawFar(load<i32>(word) >> 31, second);
      if (width == 4) store<f32>(out + (lane << 2), <f32>y);
      else store<f64>(out + (lane << 3), y);
    }
    words += 16;
    out += width << 2;
  } while (words < end);
  return at;
}

/**
 * `length` draws plus `shift` from word `from` (0 or 1) of the counters from `counter` on, to numbers of `width` bytes, 4 or
 * 8, at `out`, up to three more of which are overwritten. `words` holds 2 BLOCK words. Returns the number of words taken.
 */
export function noiseStream(
  width: i32,
  key0: i32,
  key1: i32,
  counter: i32,
  from: i32,
  length: i32,
  shift: f64,
  words: usize,
  out: usize,
): i32 {
  let at = from;
  for (let start = 0; start < length; start += BLOCK) {
    const count = min(BLOCK, length - start);
    threefryWords(key0, key1, counter + (at >>> 1), (count + 2) >>> 1, words);
    const first = words + ((at & 1) << 2);
    at = draw(width, key0, key1, counter, at + count, first, count, shift, out + start * width);
  }
  return at - from;
}

/**
 * Draws plus `shift` for `rows` rows of `size` ≤ BLOCK doubles at `out`, row r from the stream of the child `row` + r. A
 * multiple of four rows is written, and up to three doubles more. `words` holds 4 (size + 3) words, `keys` eight more.
 */
export function noiseRows(
  key0: i32,
  key1: i32,
  row: i32,
  rows: i32,
  size: i32,
  shift: f64,
  keys: usize,
  words: usize,
  out: usize,
): void {
  const stride = ((size + 3) & ~3) << 2;
  for (let r = 0; r < rows; r += 4) {
    rowKeys(key0, key1, row + r, keys);
    rowWords(keys, size, words, stride);
    for (let lane = 0; lane < 4; lane++, out += size << 3) {
      const key = keys + (lane << 2);
      draw(8, load<i32>(key), load<i32>(key, 16), 0, size, words + lane * stride, size, shift, out);
    }
  }
}
