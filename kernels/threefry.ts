/**
 * Threefry-2×32 in four lanes: the same words as src/core/threefry.ts. A lane is a counter of one stream
 * (`threefryWords`), or the stream of a row (`rowKeys`, `rowWords`).
 */
const PARITY: i32 = 0x1bd11bda;
/** Second counter word of keys derived for rows below 2³². */
const ROWS: i32 = 0x40000000;
/** Where a single word is made: between what src/core/kernels.ts keeps. */
const WORD: usize = 163 << 10;

@inline function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

/** A round's second half: b rotated by `by`, mixed with a. */
@inline function mix(b: v128, by: i32, a: v128): v128 {
  return v128.xor(v128.or(i32x4.shl(b, by), i32x4.shr_u(b, 32 - by)), a);
}

/**
 * Stores the scrambles after 13 rounds of (counter, 0) for `count` ≥ 1 counters a lane, `step` apart: a lane's two words, then
 * those of the next lane.
 */
function scramble(key0: v128, key1: v128, counter: v128, step: v128, count: i32, out: usize): void {
  const key2 = v128.xor(v128.xor(key0, key1), i32x4.splat(PARITY));
  const second1 = add(key2, i32x4.splat(1));
  const second2 = add(key0, i32x4.splat(2));
  const second3 = add(key1, i32x4.splat(3));
  const by16 = i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  const by24 = i8x16(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
  counter = add(counter, add(key0, key1));
  const end = out + (count << 5);
  // A loop that ends at its foot: V8 makes constants of others anew in every round.
  do {
    let a = counter;
    let b = mix(key1, 13, a);
    a = add(a, b), b = mix(b, 15, a);
    a = add(a, b), b = mix(b, 26, a);
    a = add(a, b), b = mix(b, 6, a);
    a = add(a, key1), b = add(b, second1);
    a = add(a, b), b = mix(b, 17, a);
    a = add(a, b), b = mix(b, 29, a);
    a = add(a, b), b = v128.xor(i8x16.swizzle(b, by16), a);
    a = add(a, b), b = v128.xor(i8x16.swizzle(b, by24), a);
    a = add(a, key2), b = add(b, second2);
    a = add(a, b), b = mix(b, 13, a);
    a = add(a, b), b = mix(b, 15, a);
    a = add(a, b), b = mix(b, 26, a);
    a = add(a, b), b = mix(b, 6, a);
    a = add(a, key0), b = add(b, second3);
    a = add(a, b), b = mix(b, 17, a);
    v128.store(out, v128.shuffle<i32>(a, b, 0, 4, 1, 5));
    v128.store(out, v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
    counter = add(counter, step);
    out += 32;
  } while (out < end);
}

/** The words of `blocks` ≥ 1 counters from `counter` on, two each; up to three counters more are written. */
export function threefryWords(key0: i32, key1: i32, counter: i32, blocks: i32, out: usize): void {
  const first = add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  scramble(i32x4.splat(key0), i32x4.splat(key1), first, i32x4.splat(4), (blocks + 3) >> 2, out);
}

/** The first word of a counter, or the second. */
export function threefryWord(key0: i32, key1: i32, counter: i32, which: i32): i32 {
  threefryWords(key0, key1, counter, 1, WORD);
  return load<i32>(WORD + (which << 2));
}

/** Keys of the rows row … row + 3 under a parent's key, 20 rounds: four first words at `out`, four second behind. */
export function rowKeys(key0: i32, key1: i32, row: i32, out: usize): void {
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const key2 = key0 ^ key1 ^ PARITY;
  let a = add(add(i32x4.splat(row), i32x4(0, 1, 2, 3)), k0);
  let b = i32x4.splat(ROWS + key1);
  for (let group = 1; group <= 5; group++) {
    if (group & 1) {
      a = add(a, b), b = mix(b, 13, a);
      a = add(a, b), b = mix(b, 15, a);
      a = add(a, b), b = mix(b, 26, a);
      a = add(a, b), b = mix(b, 6, a);
    } else {
      a = add(a, b), b = mix(b, 17, a);
      a = add(a, b), b = mix(b, 29, a);
      a = add(a, b), b = mix(b, 16, a);
      a = add(a, b), b = mix(b, 24, a);
    }
    // The key's three words take turns.
    const turn = group % 3;
    a = add(a, turn == 1 ? k1 : turn == 2 ? i32x4.splat(key2) : k0);
    b = add(b, i32x4.splat((turn == 1 ? key2 : turn == 2 ? key0 : key1) + group));
  }
  v128.store(out, a);
  v128.store(out, b, 16);
}

/**
 * The first words of the streams of four rows, whose keys lie at `keys`: `length` and up to three more each, `stride` bytes
 * apart. Behind the keys four times as many words are overwritten.
 */
export function rowWords(keys: usize, length: i32, out: usize, stride: usize): void {
  let from = keys + 32;
  const pairs = (length + 3) >> 2;
  scramble(v128.load(keys), v128.load(keys, 16), i32x4.splat(0), i32x4.splat(1), 2 * pairs, from);
  for (const end = out + (pairs << 4); out < end; out += 16, from += 64) {
    storeRows(v128.load(from), v128.load(from, 32), out, stride);
    storeRows(v128.load(from, 16), v128.load(from, 48), out + 2 * stride, stride);
  }
}

/** Two words a row, of two rows, and their next two. */
@inline function storeRows(words: v128, next: v128, out: usize, stride: usize): void {
  v128.store(out, v128.shuffle<i64>(words, next, 0, 2));
  v128.store(out + stride, v128.shuffle<i64>(words, next, 1, 3));
}
