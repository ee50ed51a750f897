/** x + temperature · noise written over x, `length` doubles or one more; whether all of the sums are finite. */
export function perturb(x: usize, noise: usize, temperature: f64, length: i32): bool {
  const end = x + (length << 3);
  const scale = f64x2.splat(temperature);
  // The last pair may hold a number that is not asked for.
  if (length & 1) store<f64>(end, 0), store<f64>(noise + (length << 3), 0);
  let spoilt = f64x2.splat(0);
  for (let at = x; at < end; at += 16, noise += 16) {
    const sum = f64x2.add(v128.load(at), f64x2.mul(scale, v128.load(noise)));
    v128.store(at, sum);
    // 0 for finite sums, else NaN, which stays.
    spoilt = f64x2.add(spoilt, f64x2.sub(sum, sum));
  }
  return f64x2.extract_lane(spoilt, 0) + f64x2.extract_lane(spoilt, 1) == 0;
}
