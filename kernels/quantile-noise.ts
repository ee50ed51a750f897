/**
 * Noise by a table of quantiles: the same bits as src/noise/quantile-table.ts, two draws side by side. The octave and
 * the cell of a word are read off its bits as a double; its place in the cell is the rest of them.
 */
import { rowKeys, rowWords, threefryWord, threefryWords } from "./threefry";

const NEAR_OCTAVES: i32 = 8;
/** Bytes of one side of the table: 40 octaves of 32 cells of 4 doubles. */
const SIDE: i32 = 40 * 32 * 32;
/** Exponent of 2³¹ and no cell, as the upper 17 bits of a double tell it. */
const FIRST: i64 = (1023 + 31) * 32;
/** Words that a stream is asked for at once; second words come after each block. */
const BLOCK: i32 = 256;

/** Two draws from the lower two lanes: tails as integers, signs 0 or −1. */
@inline function drawTwo(table: usize, tails: v128, signs: v128): v128 {
  const bits = f64x2.convert_low_i32x4_u(tails);
  const index = i64x2.shr_u(bits, 47);
  const cell = v128.and(index, i64x2.splat(31));
  // Octaves count down from the exponent, cells up.
  let at = i64x2.add(i64x2.sub(i64x2.splat(FIRST), index), i64x2.add(cell, cell));
  at = i64x2.add(i64x2.shl(at, 5), v128.and(i64x2.extend_low_i32x4_s(signs), i64x2.splat(SIDE)));
  const place = v128.or(v128.and(bits, i64x2.splat((1 << 47) - 1)), i64x2.splat(0x4330000000000000));
  const x = f64x2.mul(f64x2.sub(place, f64x2.splat(4503599627370496)), f64x2.splat(1 / 2097152));
  const one = table + <usize>i64x2.extract_lane(at, 0);
  const two = table + <usize>i64x2.extract_lane(at, 1);
  const low1 = v128.load(one);
  const high1 = v128.load(one, 16);
  const low2 = v128.load(two);
  const high2 = v128.load(two, 16);
  let y = v128.shuffle<f64>(high1, high2, 1, 3);
  y = f64x2.add(v128.shuffle<f64>(high1, high2, 0, 2), f64x2.mul(x, y));
  y = f64x2.add(v128.shuffle<f64>(low1, low2, 1, 3), f64x2.mul(x, y));
  return f64x2.add(v128.shuffle<f64>(low1, low2, 0, 2), f64x2.mul(x, y));
}

/** A draw far out in the tail, by its second word. */
function drawFar(table: usize, sign: i32, word: i32): f64 {
  const second = word ? word : 1;
  const further = clz(second);
  const normalised = second << further;
  const at = table + (sign & SIDE) + (((NEAR_OCTAVES + further) * 32 + (normalised >>> 26) - 32) << 5);
  const x = <f64>(normalised & ((1 << 26) - 1));
  return load<f64>(at) + x * (load<f64>(at, 8) + x * (load<f64>(at, 16) + x * load<f64>(at, 24)));
}

@inline function signsOf(words: v128): v128 {
  return i32x4.shr_s(words, 31);
}

@inline function tailsOf(words: v128): v128 {
  return v128.or(i32x4.shl(v128.xor(words, signsOf(words)), 1), i32x4.splat(1));
}

/** Lanes whose tail lies below the octaves of the first word. */
@inline function farOf(tails: v128): v128 {
  return i32x4.eq(i32x4.shr_u(tails, 24), i32x4.splat(0));
}

/**
 * `length` draws plus `shift` from word `from` (0 or 1) of the counters from `counter` on, to doubles at `out`, up to
 * three more of which are overwritten. `words` holds 2 BLOCK words. Returns the number of words taken.
 */
export function noiseStream(
  key0: i32,
  key1: i32,
  counter: i32,
  from: i32,
  length: i32,
  table: usize,
  shift: f64,
  words: usize,
  out: usize,
): i32 {
  const shifts = f64x2.splat(shift);
  let at = from;
  for (let start = 0; start < length; start += BLOCK) {
    const count = min(BLOCK, length - start);
    threefryWords(key0, key1, counter + (at >>> 1), (count + 2) >>> 1, words);
    const first = words + ((at & 1) << 2);
    at += count;
    for (let i = 0; i < count; i += 4) {
      const four = v128.load(first + (i << 2));
      const tails = tailsOf(four);
      const signs = signsOf(four);
      const to = out + ((start + i) << 3);
      v128.store(to, f64x2.add(shifts, drawTwo(table, tails, signs)));
      const upper = v128.shuffle<i32>(tails, tails, 2, 3, 2, 3);
      v128.store(to, f64x2.add(shifts, drawTwo(table, upper, v128.shuffle<i32>(signs, signs, 2, 3, 2, 3))), 16);
      if (v128.any_true(farOf(tails))) {
        for (let j = i; j < min(i + 4, count); j++) {
          const word = load<i32>(first + (j << 2));
          const sign = word >> 31;
          if (((((word ^ sign) << 1) | 1) >>> 24) != 0) continue;
          const second = threefryWord(key0, key1, counter + (at >>> 1), at & 1);
          at++;
          store<f64>(out + ((start + j) << 3), shift + drawFar(table, sign, second));
        }
      }
    }
  }
  return at - from;
}

/**
 * Draws plus `shift` for `rows` rows of `size` ≤ BLOCK doubles at `out`, row r from the stream of the child `row` + r. A
 * multiple of four rows is written. `words` holds 4 (size + 1) words, `keys` eight.
 */
export function noiseRows(
  key0: i32,
  key1: i32,
  row: i32,
  domain: i32,
  rows: i32,
  size: i32,
  table: usize,
  shift: f64,
  keys: usize,
  words: usize,
  out: usize,
): void {
  const shifts = f64x2.splat(shift);
  const stride = size << 3;
  for (let r = 0; r < rows; r += 4) {
    rowKeys(key0, key1, row + r, domain, keys);
    rowWords(keys, (size + 1) >>> 1, words);
    // Second words that each of the four rows has taken.
    let taken = 0;
    for (let i = 0; i < size; i++) {
      const four = v128.load(words + (i << 4));
      const tails = tailsOf(four);
      const signs = signsOf(four);
      const low = f64x2.add(shifts, drawTwo(table, tails, signs));
      const upper = v128.shuffle<i32>(tails, tails, 2, 3, 2, 3);
      const high = f64x2.add(shifts, drawTwo(table, upper, v128.shuffle<i32>(signs, signs, 2, 3, 2, 3)));
      const to = out + (i << 3);
      v128.store_lane<f64>(to, low, 0);
      v128.store_lane<f64>(to + stride, low, 1);
      v128.store_lane<f64>(to + 2 * stride, high, 0);
      v128.store_lane<f64>(to + 3 * stride, high, 1);
      if (v128.any_true(farOf(tails))) {
        for (let lane = 0; lane < 4; lane++) {
          const word = load<i32>(words + (i << 4) + (lane << 2));
          const sign = word >> 31;
          if (((((word ^ sign) << 1) | 1) >>> 24) != 0) continue;
          const place = size + ((taken >>> (lane << 3)) & 255);
          taken += 1 << (lane << 3);
          const key = keys + (lane << 2);
          const second = threefryWord(load<i32>(key), load<i32>(key, 16), place >>> 1, place & 1);
          store<f64>(to + lane * stride, shift + drawFar(table, sign, second));
        }
      }
    }
    out += 4 * stride;
  }
}
