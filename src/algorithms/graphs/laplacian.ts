/**
 * Solves (diag(Σ_k W_ik) − W) x = b for a weighted graph's Laplacian, symmetric weights W ≥ 0 and Σb = 0, by Gaussian
 * elimination that only adds (Grassmann, Taksar and Heyman 1985): solutions keep their relative precision however far
 * apart the weights are. x[0] = 0; a vertex gets 0 as well where what connects it to those before it sums to no more than `floor`: where b is
 * rounded, weights below its rounding would only magnify that.
 *
 * `weights` (n × n, row-major; the strict lower triangle is read) and `b` are overwritten. O(n³ / 3).
 */
export function solveLaplacian(
  weights: Float64Array,
  b: Float64Array,
  x: Float64Array,
  n: number,
  floor: number = 0,
): void {
  for (let p = n - 1; p > 0; p--) {
    const row = p * n;
    let degree = 0;
    for (let k = 0; k < p; k++) degree += weights[row + k]!;
    // The diagonal is not part of the input: it keeps the pivot for the way back.
    weights[row + p] = degree;
    if (degree <= floor) continue;
    const excess = b[p]! / degree;
    for (let i = 0; i < p; i++) {
      const factor = weights[row + i]! / degree;
      if (factor === 0) continue;
      b[i] = b[i]! + weights[row + i]! * excess;
      const at = i * n;
      for (let k = 0; k < i; k++) weights[at + k] = weights[at + k]! + factor * weights[row + k]!;
    }
  }
  goBack(weights, b, 1, x, n, floor);
}

/**
 * The same where b is given by flows along the edges, b_i = Σ_k F_ik with F_ki = −F_ik, each no larger than its edge's
 * weight times some voltage e. Parts of a graph that hold together strongly and to each other weakly exchange less than
 * the rounding of their own b; the flows are therefore eliminated as such, so that no difference of two entries of x
 * exceeds what voltages in a row add up to, n · max |e|, whatever the weights.
 *
 * `weights` and `flows` (n × n, row-major; the strict lower triangles are read) are overwritten. O(2 n³ / 3).
 */
export function solveLaplacianFlows(
  weights: Float64Array,
  flows: Float64Array,
  x: Float64Array,
  n: number,
): void {
  for (let p = n - 1; p > 0; p--) {
    const row = p * n;
    let degree = 0;
    let supply = 0;
    for (let k = 0; k < p; k++) {
      degree += weights[row + k]!;
      supply += flows[row + k]!;
    }
    weights[row + p] = degree;
    flows[row + p] = supply;
    if (degree === 0) continue;
    for (let i = 1; i < p; i++) {
      const share = weights[row + i]! / degree;
      if (share === 0) continue;
      const voltage = flows[row + i]! / degree;
      const at = i * n;
      for (let k = 0; k < i; k++) {
        const weight = weights[row + k]!;
        weights[at + k] = weights[at + k]! + share * weight;
        flows[at + k] = flows[at + k]! + (share * flows[row + k]! - voltage * weight);
      }
    }
  }
  goBack(weights, flows, n + 1, x, n, 0);
}

/** x of what was eliminated: pivots are on the diagonal, the right side is at every `step` of b. */
function goBack(
  weights: Float64Array,
  b: Float64Array,
  step: number,
  x: Float64Array,
  n: number,
  floor: number,
): void {
  x[0] = 0;
  for (let p = 1; p < n; p++) {
    const row = p * n;
    const degree = weights[row + p]!;
    let sum = b[p * step]!;
    for (let k = 0; k < p; k++) sum += weights[row + k]! * x[k]!;
    x[p] = degree > floor ? sum / degree : 0;
  }
}
