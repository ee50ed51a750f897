/**
 * The directed matrix-tree theorem without subtraction. log Z = log det of the Laplacian of a digraph whose vertex 0 is
 * the root, by eliminating one vertex at a time (star–mesh, or GTH elimination): with S_k = Σ_i W[i→k] over what is
 * left and p_i = W[i→k] / S_k,
 *
 *     W[i→j] += p_i W[k→j],   Z = Π_k S_k.
 *
 * Only sums, products and quotients of positive numbers occur, so pivots are accurate to a few units in the last place
 * whatever the weights, as long as nothing underflows. Reversing the steps gives the gradient G[i→j] = ∂ log Z / ∂W:
 * it is the same before and after a step for the vertices that are left, and for the vertex that comes back
 *
 *     G[k→j] = Σ_i p_i G[i→j],   G[i→k] = (1 + Σ_j W[k→j] (G[i→j] − G[k→j])) / S_k.
 *
 * In units of marginals W·G no term exceeds n, so the one subtraction costs absolute, not relative, accuracy.
 * With `single`, arcs from the root are infinitely weak: Z counts the trees with one child of the root (Koo et al.
 * 2007), and S_k leaves the root out until it alone is left. n³ / 3 multiplications forward, 2 n³ / 3 back.
 *
 * Scratch: matrices are indexed [child · stride + parent], so that inner loops run along rows.
 */

export interface MatrixTree {
  readonly stride: number;
  /** Weights W[parent→child], to be filled before `eliminate`, which overwrites them. The diagonal is ignored. */
  readonly weights: Float64Array;
  /** dW along a direction; only `eliminateTangent` and `gradientTangent` use them. */
  readonly tangents: Float64Array;
  /** G = ∂ log Z / ∂W after `gradient`, and dG after `gradientTangent`. */
  readonly slopes: Float64Array;
  readonly slopeTangents: Float64Array;
  /** S_k after `eliminate`. */
  readonly pivots: Float64Array;
  /** log Z of the first `n` vertices; −Infinity where a pivot vanished, by underflow or for want of a tree. */
  eliminate(n: number): number;
  /** After `eliminate`: fills `slopes`, returns the largest. */
  gradient(n: number): number;
  /** `eliminate` together with the tangents. */
  eliminateTangent(n: number): number;
  /** After `eliminateTangent`: fills both slopes, returns the largest of either in size, NaN if one is no number. */
  gradientTangent(n: number): number;
}

/** A pivot below this has an unsafe inverse. */
const SMALLEST = 1e-290;
/** So is the root's arc where it is not part of S_k and this many times as large: it would grow without bound. */
const LARGEST = 1e250;

export function matrixTree(stride: number, single: boolean): MatrixTree {
  const size = stride * stride;
  // Functions take a constant of their own for each: V8 keeps no closure's in registers once there are two solvers.
  const arcs = new Float64Array(size);
  const gradients = new Float64Array(size);
  const pivots = new Float64Array(stride);
  let arcTangents = new Float64Array(0);
  let gradientTangents = new Float64Array(0);
  const pivotTangents = new Float64Array(stride);
  const product = logProduct();

  const first = (k: number): number => (single && k > 1 ? 1 : 0);

  const eliminate = (n: number): number => {
    const w = arcs;
    product.restart();
    let k = n - 1;
    // Two vertices at a time, which halves the traffic of the inner loop.
    for (; k >= 2; k -= 2) {
      const one = k * stride;
      const two = one - stride;
      if (!(pivot(k) > SMALLEST)) return -Infinity;
      const f = w[two + k]!;
      for (let i = 0; i < k - 1; i++) w[two + i]! += f * w[one + i]!;
      if (!(pivot(k - 1) > SMALLEST)) return -Infinity;
      for (let j = 1; j < k - 1; j++) {
        const to = j * stride;
        const a = w[to + k]!;
        const b = w[to + k - 1]! + a * w[one + k - 1]!;
        w[to + k - 1] = b;
        if (a === 0 && b === 0) continue;
        for (let i = 0; i < k - 1; i++) w[to + i]! += a * w[one + i]! + b * w[two + i]!;
      }
    }
    return k === 1 && !(pivot(1) > SMALLEST) ? -Infinity : product.log();
  };

  /** S_k, where row k becomes p; 0 or a tiny number where it is unsafe. */
  const pivot = (k: number): number => {
    const w = arcs;
    const row = k * stride;
    let s = 0;
    for (let i = first(k); i < k; i++) s += w[row + i]!;
    const inverse = 1 / s;
    for (let i = 0; i < k; i++) w[row + i]! *= inverse;
    pivots[k] = s;
    product.times(s);
    return single && !(w[row]! < LARGEST) ? 0 : s;
  };

  const gradient = (n: number): number => {
    const [w, g] = [arcs, gradients];
    let largest = 0;
    for (let k = 1; k < n; k++) {
      const row = k * stride;
      let centre = 1;
      for (let i = 0; i <= k; i++) g[row + i] = 0;
      let j = 1;
      // Four rows at a time: as many sums that do not wait for each other.
      for (; j + 4 <= k; j += 4) {
        const to0 = j * stride;
        const to1 = to0 + stride;
        const to2 = to1 + stride;
        const to3 = to2 + stride;
        const f0 = w[to0 + k]!;
        const f1 = w[to1 + k]!;
        const f2 = w[to2 + k]!;
        const f3 = w[to3 + k]!;
        let mean0 = 0;
        let mean1 = 0;
        let mean2 = 0;
        let mean3 = 0;
        for (let i = 0; i < k; i++) {
          const x0 = g[to0 + i]!;
          const x1 = g[to1 + i]!;
          const x2 = g[to2 + i]!;
          const x3 = g[to3 + i]!;
          const p = w[row + i]!;
          mean0 += p * x0;
          mean1 += p * x1;
          mean2 += p * x2;
          mean3 += p * x3;
          g[row + i]! += f0 * x0 + f1 * x1 + (f2 * x2 + f3 * x3);
        }
        g[to0 + k] = mean0;
        g[to1 + k] = mean1;
        g[to2 + k] = mean2;
        g[to3 + k] = mean3;
        centre -= f0 * mean0 + f1 * mean1 + (f2 * mean2 + f3 * mean3);
        largest = Math.max(largest, mean0, mean1, mean2, mean3);
      }
      for (; j < k; j++) {
        const to = j * stride;
        const f = w[to + k]!;
        let mean = 0;
        for (let i = 0; i < k; i++) {
          const x = g[to + i]!;
          mean += w[row + i]! * x;
          g[row + i]! += f * x;
        }
        g[to + k] = mean;
        centre -= f * mean;
        if (mean > largest) largest = mean;
      }
      const inverse = 1 / pivots[k]!;
      const start = first(k);
      if (start === 1) g[row]! *= inverse;
      for (let i = start; i < k; i++) {
        const x = (centre + g[row + i]!) * inverse;
        g[row + i] = x;
        if (x > largest) largest = x;
      }
    }
    return largest;
  };

  const eliminateTangent = (n: number): number => {
    const [w, dw] = [arcs, arcTangents];
    product.restart();
    for (let k = n - 1; k >= 1; k--) {
      const row = k * stride;
      let s = 0;
      let ds = 0;
      for (let i = first(k); i < k; i++) {
        s += w[row + i]!;
        ds += dw[row + i]!;
      }
      if (!(s > SMALLEST)) return -Infinity;
      pivots[k] = s;
      pivotTangents[k] = ds;
      product.times(s);
      const inverse = 1 / s;
      for (let i = 0; i < k; i++) {
        const p = w[row + i]! * inverse;
        w[row + i] = p;
        dw[row + i] = (dw[row + i]! - p * ds) * inverse;
      }
      for (let j = 1; j < k; j++) {
        const to = j * stride;
        const f = w[to + k]!;
        if (f === 0) continue;
        const df = dw[to + k]!;
        for (let i = 0; i < k; i++) {
          const p = w[row + i]!;
          w[to + i]! += f * p;
          dw[to + i]! += df * p + f * dw[row + i]!;
        }
      }
    }
    return product.log();
  };

  const gradientTangent = (n: number): number => {
    const [w, g, dw, dg] = [arcs, gradients, arcTangents, gradientTangents];
    let largest = 0;
    for (let k = 1; k < n; k++) {
      const row = k * stride;
      let centre = 1;
      let dCentre = 0;
      for (let i = 0; i <= k; i++) {
        g[row + i] = 0;
        dg[row + i] = 0;
      }
      for (let j = 1; j < k; j++) {
        const to = j * stride;
        const f = w[to + k]!;
        const df = dw[to + k]!;
        let mean = 0;
        let dMean = 0;
        for (let i = 0; i < k; i++) {
          const x = g[to + i]!;
          const dx = dg[to + i]!;
          const p = w[row + i]!;
          mean += p * x;
          dMean += dw[row + i]! * x + p * dx;
          g[row + i]! += f * x;
          dg[row + i]! += df * x + f * dx;
        }
        g[to + k] = mean;
        dg[to + k] = dMean;
        centre -= f * mean;
        dCentre -= df * mean + f * dMean;
      }
      const inverse = 1 / pivots[k]!;
      const relative = pivotTangents[k]! * inverse;
      const start = first(k);
      if (start === 1) {
        const x = g[row]! * inverse;
        // p_0 is outside S_k: its own tangent already holds −p_0 dS / S, and so must the slope's.
        dg[row] = dg[row]! * inverse - x * relative;
        g[row] = x;
      }
      for (let i = start; i < k; i++) {
        const x = (centre + g[row + i]!) * inverse;
        const dx = (dCentre + dg[row + i]!) * inverse - x * relative;
        g[row + i] = x;
        dg[row + i] = dx;
        largest = Math.max(largest, x, Math.abs(dx));
      }
    }
    return largest;
  };

  /** Jacobian products are not everyone's: their matrices are made at first use. */
  const ensureTangents = (): void => {
    if (arcTangents.length === size) return;
    arcTangents = new Float64Array(size);
    gradientTangents = new Float64Array(size);
  };

  return {
    stride,
    weights: arcs,
    slopes: gradients,
    pivots,
    get tangents() {
      ensureTangents();
      return arcTangents;
    },
    get slopeTangents() {
      ensureTangents();
      return gradientTangents;
    },
    eliminate,
    gradient,
    eliminateTangent,
    gradientTangent,
  };
}

/** The logarithm of a product of positive numbers that may leave the range of doubles; few logarithms are taken. */
export function logProduct(): { restart(): void; times(x: number): void; log(): number } {
  let log = 0;
  let product = 1;
  return {
    restart() {
      log = 0;
      product = 1;
    },
    times(x) {
      // Two factors within [1e-290, 1e100] never leave the doubles if the first is near 1.
      if (product < 1e-10 || product > 1e100) {
        log += Math.log(product);
        product = 1;
      }
      product *= x;
    },
    log: () => log + Math.log(product),
  };
}
