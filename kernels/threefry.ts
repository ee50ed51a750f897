/**
 * Threefry-2×32 in four lanes: the same words as src/core/threefry.ts. A lane is a counter of one stream
 * (`threefryWords`), or the stream of a row (`rowKeys`, `rowWords`).
 */
const PARITY: i32 = 0x1bd11bda;

@inline function add(a: v128, b: v128): v128 {
  return i32x4.add(a, b);
}

/** A round's second half: b rotated by `by`, mixed with a. */
@inline function mix(b: v128, by: i32, a: v128): v128 {
  return v128.xor(v128.or(i32x4.shl(b, by), i32x4.shr_u(b, 32 - by)), a);
}

/** Stores the scrambles of (counter, 0) after 13 rounds: first words, then second words. */
function scramble(key0: v128, key1: v128, counter: v128, out: usize): void {
  const key2 = v128.xor(v128.xor(key0, key1), i32x4.splat(PARITY));
  let a = add(counter, key0);
  let b = key1;
  a = add(a, b), b = mix(b, 13, a);
  a = add(a, b), b = mix(b, 15, a);
  a = add(a, b), b = mix(b, 26, a);
  a = add(a, b), b = mix(b, 6, a);
  a = add(a, key1), b = add(b, add(key2, i32x4.splat(1)));
  a = add(a, b), b = mix(b, 17, a);
  a = add(a, b), b = mix(b, 29, a);
  a = add(a, b), b = mix(b, 16, a);
  a = add(a, b), b = mix(b, 24, a);
  a = add(a, key2), b = add(b, add(key0, i32x4.splat(2)));
  a = add(a, b), b = mix(b, 13, a);
  a = add(a, b), b = mix(b, 15, a);
  a = add(a, b), b = mix(b, 26, a);
  a = add(a, b), b = mix(b, 6, a);
  a = add(a, key0), b = add(b, add(key1, i32x4.splat(3)));
  a = add(a, b), b = mix(b, 17, a);
  v128.store(out, a);
  v128.store(out, b, 16);
}

/** The words of `blocks` counters from `counter` on, two each; up to three counters more are written. */
export function threefryWords(key0: i32, key1: i32, counter: i32, blocks: i32, out: usize): void {
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  let counters = add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  for (let i = 0; i < blocks; i += 4) {
    scramble(k0, k1, counters, out);
    const a = v128.load(out);
    const b = v128.load(out, 16);
    v128.store(out, v128.shuffle<i32>(a, b, 0, 4, 1, 5));
    v128.store(out, v128.shuffle<i32>(a, b, 2, 6, 3, 7), 16);
    counters = add(counters, i32x4.splat(4));
    out += 32;
  }
}

/** The first word of a counter, or the second. */
export function threefryWord(key0: i32, key1: i32, counter: i32, which: i32): i32 {
  const key2 = key0 ^ key1 ^ PARITY;
  let a = counter + key0;
  let b = key1;
  a += b, b = rotl(b, 13) ^ a;
  a += b, b = rotl(b, 15) ^ a;
  a += b, b = rotl(b, 26) ^ a;
  a += b, b = rotl(b, 6) ^ a;
  a += key1, b += key2 + 1;
  a += b, b = rotl(b, 17) ^ a;
  a += b, b = rotl(b, 29) ^ a;
  a += b, b = rotl(b, 16) ^ a;
  a += b, b = rotl(b, 24) ^ a;
  a += key2, b += key0 + 2;
  a += b, b = rotl(b, 13) ^ a;
  a += b, b = rotl(b, 15) ^ a;
  a += b, b = rotl(b, 26) ^ a;
  a += b, b = rotl(b, 6) ^ a;
  a += key0, b += key1 + 3;
  a += b, b = rotl(b, 17) ^ a;
  return which ? b : a;
}

/** Keys of the rows row … row + 3 under a parent's key, 20 rounds: four first words at `out`, four second behind. */
export function rowKeys(key0: i32, key1: i32, row: i32, domain: i32, out: usize): void {
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const key2 = key0 ^ key1 ^ PARITY;
  let a = add(add(i32x4.splat(row), i32x4(0, 1, 2, 3)), k0);
  let b = i32x4.splat(domain + key1);
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

/** The first 2 `blocks` words of the streams of four rows, whose keys lie at `keys`: word i of row r at out[4 i + r]. */
export function rowWords(keys: usize, blocks: i32, out: usize): void {
  const k0 = v128.load(keys);
  const k1 = v128.load(keys, 16);
  for (let i = 0; i < blocks; i++) {
    scramble(k0, k1, i32x4.splat(i), out);
    out += 32;
  }
}
