/**
 * Quantiles of Y = Σ_{i=1..s} Gamma(shape a, rate i), to about 13 digits, tails included.
 *
 * The Laplace transform Π (1 + t/i)^-a of the density f has the logarithmic derivative −a Σ 1 / (i + t). Hence
 *
 *     y f(y) = a Σ_i g_i(y),   g_i(y) = ∫₀^y f(y − x) e^(−ix) dx,   g_i′ = f − i g_i,
 *
 * a linear differential equation with one singular point, y = 0, where f = y^(as − 1) times a power series. That series
 * serves [0, 1/s]; from there Taylor series take over from one another. All are scaled to the unit interval. The
 * constant follows from the total mass; probabilities are summed from both ends, so that either tail keeps its digits.
 * Time is proportional to s², memory to s.
 */
import { exp, log } from "../core/log-exp.ts";
import type { Quantile } from "./quantile-table.ts";

/** Terms of each series: ratios of neighbouring terms end below 1/3, and 3⁻³⁶ is below rounding. */
const TERMS = 36;

interface Piece {
  readonly left: number;
  readonly width: number;
  /** f(left + width·r) = Σ series[n] rⁿ, up to the common constant. */
  readonly series: Float64Array;
  readonly mass: number;
  /** Mass to the left of the piece, and to the right. */
  below: number;
  above: number;
}

/** @param shape a in (0, 1] @param iterations s ≥ 1 */
export function sumOfGammaQuantile(shape: number, iterations: number): Quantile {
  const order = shape * iterations;
  const first = 1 / iterations;
  const start = startSeries(shape, iterations, first);
  const { pieces, total } = taylorPieces(shape, iterations, first, start.g, start.mass);
  // After a change of scale nothing that could ever be drawn is left below the first piece.
  const startMass = pieces[0]!.below;

  return (p, upper, at) => {
    const mass = p * total;
    if (!upper && mass < startMass) return inStart(p);
    if (upper && mass > pieces[0]!.above + pieces[0]!.mass) return inStart(1 - p);
    let low = 0;
    let high = pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const further = upper
        ? pieces[middle]!.above + pieces[middle]!.mass >= mass
        : pieces[middle]!.below <= mass;
      if (further) low = middle;
      else high = middle - 1;
    }
    const piece = pieces[low]!;
    const r = solve(piece, upper ? piece.mass - (mass - piece.above) : mass - piece.below);
    at[0] = piece.left + piece.width * r;
    at[1] = value(piece.series, r) / total;

    function inStart(below: number): void {
      // Newton's method on log F as a function of log r: concave, so it climbs from the left.
      const target = log((below * total) / first);
      let l = (target - log(start.series[0]! / order)) / order;
      let density = Infinity;
      for (let i = 0; i < 60; i++) {
        const r = exp(l);
        const integral = integralOf(start.series, order, r);
        density = value(start.series, r);
        const step = ((target - order * l - log(integral)) * integral) / density;
        l += step;
        if (!(Math.abs(step) > 1e-15 * Math.max(1, Math.abs(l)))) break;
      }
      at[0] = first * exp(l);
      at[1] = (density * exp((order - 1) * l)) / total;
    }
  };
}

/** f(first·r) = r^(order − 1) Σ series[n] rⁿ on [0, 1] with series[0] = 1, g_i at r = 1, and ∫ f over the interval. */
function startSeries(
  shape: number,
  iterations: number,
  first: number,
): { series: Float64Array; g: Float64Array; mass: number } {
  const order = shape * iterations;
  const series = new Float64Array(TERMS);
  const g = new Float64Array(iterations);
  const term = new Float64Array(iterations);
  series[0] = 1;
  for (let n = 0; n < TERMS; n++) {
    let pull = 0;
    for (let i = 0; i < iterations; i++) pull += (i + 1) * term[i]!;
    if (n > 0) series[n] = (-shape * first * pull) / n;
    for (let i = 0; i < iterations; i++) {
      term[i] = (series[n]! - first * (i + 1) * term[i]!) / (order + n);
      g[i]! += first * term[i]!;
    }
  }
  return { series, g, mass: first * integralOf(series, order, 1) };
}

/** r^-order ∫ x^(order − 1) Σ series[n] xⁿ dx from 0 to r. */
function integralOf(series: Float64Array, order: number, r: number): number {
  let sum = 0;
  for (let n = TERMS - 1; n >= 0; n--) sum = sum * r + series[n]! / (order + n);
  return sum;
}

/** Taylor series from `left` until nothing is left; `g` is consumed. */
function taylorPieces(
  shape: number,
  iterations: number,
  left: number,
  g: Float64Array,
  below: number,
): { pieces: Piece[]; total: number } {
  const term = new Float64Array(iterations);
  let pieces: Piece[] = [];
  let total = below;
  for (;;) {
    const width = Math.min(left / 3, 3 / iterations);
    const series = new Float64Array(TERMS);
    let mass = 0;
    term.set(g);
    for (let n = 0; n < TERMS; n++) {
      let sum = 0;
      for (let i = 0; i < iterations; i++) sum += term[i]!;
      const f = (shape * sum - (n > 0 ? width * series[n - 1]! : 0)) / left;
      series[n] = f;
      mass += (width * f) / (n + 1);
      const factor = width / (n + 1);
      for (let i = 0; i < iterations; i++) {
        term[i] = factor * (f - (i + 1) * term[i]!);
        g[i]! += term[i]!;
      }
    }
    pieces.push({ left, width, series, mass, below: total, above: 0 });
    total += mass;
    left += width;
    let end = value(series, 1);
    if (end > 1e200) {
      // Far below the bulk of a large order: start anew, with what is gone as a probability of nothing.
      for (let i = 0; i < iterations; i++) g[i]! *= 1e-250;
      total *= 1e-250;
      end *= 1e-250;
      pieces = [];
    }
    if (end < 1e-19 * total) {
      // f is a constant times y^(a − 1) e^(−y) (1 + O(e^(−y))) here: two terms of its integral's expansion.
      let above = end * (1 + ((shape - 1) / left) * (1 + (shape - 2) / left));
      total += above;
      for (let i = pieces.length - 1; i >= 0; i--) {
        pieces[i]!.above = above;
        above += pieces[i]!.mass;
      }
      return { pieces, total };
    }
  }
}

/** Σ series[n] rⁿ. */
function value(series: Float64Array, r: number): number {
  let sum = 0;
  for (let n = TERMS - 1; n >= 0; n--) sum = sum * r + series[n]!;
  return sum;
}

/** The r in [0, 1] with `mass` between the piece's left end and r: Newton's method, kept inside a bracket. */
function solve({ series, width, mass: whole }: Piece, mass: number): number {
  let low = 0;
  let high = 1;
  let r = Math.min(Math.max(mass / whole, 0), 1);
  for (let i = 0; i < 60; i++) {
    const error = width * integralOf(series, 1, r) * r - mass;
    if (error > 0) high = r;
    else low = r;
    const next = r - error / (width * value(series, r));
    const inside = next >= low && next <= high ? next : (low + high) / 2;
    // The error is squared by the step that was just taken.
    if (Math.abs(inside - r) < 1e-8) return inside;
    r = inside;
  }
  return r;
}
