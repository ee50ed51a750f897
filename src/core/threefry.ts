/**
 * Threefry-2×32 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a keyed scramble of two 32-bit
 * words. `threefry` takes four rounds at a time and serves keys; `threefryStream` writes the scrambles of (counter, 0),
 * (counter + 1, 0), … after 13 rounds, unrolled. Known to be 32-bit integers (`|= 0`), the loops run twice as fast.
 */
const PARITY = 0x1bd11bda;

/** out[0], out[1] = the scramble of (x0, x1) under (key0, key1) in 4 × `groups` rounds; 20 rounds are the norm. */
export function threefry(
  key0: number,
  key1: number,
  x0: number,
  x1: number,
  groups: number,
  out: Int32Array,
): void {
  key0 |= 0;
  key1 |= 0;
  // The key's three words take turns; three variables that rotate need no table.
  let now = key1;
  let next = key0 ^ key1 ^ PARITY;
  let last = key0;
  let a = (x0 + key0) | 0;
  let b = (x1 + key1) | 0;
  for (let group = 1; group <= groups; group++) {
    if ((group & 1) === 1) {
      a = (a + b) | 0;
      b = ((b << 13) | (b >>> 19)) ^ a;
      a = (a + b) | 0;
      b = ((b << 15) | (b >>> 17)) ^ a;
      a = (a + b) | 0;
      b = ((b << 26) | (b >>> 6)) ^ a;
      a = (a + b) | 0;
      b = ((b << 6) | (b >>> 26)) ^ a;
    } else {
      a = (a + b) | 0;
      b = ((b << 17) | (b >>> 15)) ^ a;
      a = (a + b) | 0;
      b = ((b << 29) | (b >>> 3)) ^ a;
      a = (a + b) | 0;
      b = ((b << 16) | (b >>> 16)) ^ a;
      a = (a + b) | 0;
      b = ((b << 24) | (b >>> 8)) ^ a;
    }
    a = (a + now) | 0;
    b = (b + next + group) | 0;
    const first = now;
    now = next;
    next = last;
    last = first;
  }
  out[0] = a;
  out[1] = b;
}

/** out[start … end) = the words of counters counter, counter + 1, …, two each; end − start must be even. */
export function threefryStream(
  key0: number,
  key1: number,
  counter: number,
  out: Uint32Array,
  start: number,
  end: number,
): void {
  key0 |= 0;
  key1 |= 0;
  counter |= 0;
  const key2 = key0 ^ key1 ^ PARITY;
  for (let i = start; i < end; i += 2) {
    let a = (counter + key0) | 0;
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
    counter = (counter + 1) | 0;
  }
}
