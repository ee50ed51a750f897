/** Thresholds for statistical tests, derived from the probability of a false alarm. */

/** One test in ten million fails by chance; the suite has some hundreds and fixed seeds. */
export const FALSE_ALARM_Z = 5.2;

/** Upper quantile of χ² with `degrees` of freedom at z standard normal deviations (Wilson and Hilferty 1931). */
export function chiSquareLimit(degrees: number, z: number = FALSE_ALARM_Z): number {
  const c = 2 / (9 * degrees);
  return degrees * (1 - c + z * Math.sqrt(c)) ** 3;
}

/** χ² of counts against probabilities, cells with an expectation below 5 pooled. Returns it with its degrees. */
export function chiSquare(
  counts: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): { statistic: number; degrees: number } {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  let statistic = 0;
  let cells = 0;
  let pooledCount = 0;
  let pooledExpected = 0;
  for (let i = 0; i < counts.length; i++) {
    const expected = total * probabilities[i]!;
    if (expected < 5) {
      pooledCount += counts[i]!;
      pooledExpected += expected;
    } else {
      statistic += (counts[i]! - expected) ** 2 / expected;
      cells++;
    }
  }
  if (pooledExpected >= 5) {
    statistic += (pooledCount - pooledExpected) ** 2 / pooledExpected;
    cells++;
  } else if (pooledCount > pooledExpected + FALSE_ALARM_Z * Math.sqrt(pooledExpected) + 15) {
    statistic = Infinity;
  }
  return { statistic, degrees: Math.max(cells - 1, 1) };
}
