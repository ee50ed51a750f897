/**
 * The Kuramoto–Sivashinsky equation u_t = −u u_x − u_xx − u_xxxx on a periodic interval, by Fourier modes in space and
 * ETDRK4 in time: the linear part is integrated exactly, the rest by a fourth-order Runge–Kutta scheme (Cox and
 * Matthews 2002). Its coefficients suffer cancellation near 0 and are means over a circle in the complex plane (Kassam
 * and Trefethen 2005, "Fourth-order time-stepping for stiff PDEs").
 */
import type { Field } from "./field.ts";
import { fourier } from "./fourier.ts";

export interface Simulation {
  /** Grid points, a power of two. */
  readonly points: number;
  /** Length of the interval. */
  readonly period: number;
  /** Times that are kept: 0, interval, …, (times − 1) · interval. */
  readonly times: number;
  readonly interval: number;
  /** Time steps an interval: more is more exact, at fourth order. */
  readonly steps: number;
  /** u(x, 0). */
  initial(x: number): number;
}

/** Roots of unity for the means. */
const CONTOUR = 32;

export function simulate({ points, period, times, interval, steps, initial }: Simulation): Field {
  const { waveNumbers, forward, backward } = fourier(points, period);
  const h = interval / steps;
  const x = Float64Array.from({ length: points }, (_, i) => ((i + 1) * period) / points);
  const linear = waveNumbers.map((k) => k ** 2 - k ** 4);
  const c = coefficients(linear, h);

  const values = x.map(initial);
  const complex = () => new Float64Array(2 * points);
  const [v, a, b, d] = [complex(), complex(), complex(), complex()];
  const [nv, na, nb, nd] = [complex(), complex(), complex(), complex()];
  forward(values, v);

  /** Transform of −u u_x = −(u²)_x / 2; the highest mode has no odd derivative. */
  function nonlinear(spectrum: Float64Array, out: Float64Array): void {
    backward(spectrum, values);
    for (let i = 0; i < points; i++) values[i]! *= values[i]!;
    forward(values, out);
    for (let j = 0; j < points; j++) {
      const factor = j === points / 2 ? 0 : -0.5 * waveNumbers[j]!;
      const re = out[2 * j]!;
      out[2 * j] = -factor * out[2 * j + 1]!;
      out[2 * j + 1] = factor * re;
    }
  }

  function step(): void {
    nonlinear(v, nv);
    for (let i = 0; i < v.length; i++) a[i] = c.half[i >> 1]! * v[i]! + c.q[i >> 1]! * nv[i]!;
    nonlinear(a, na);
    for (let i = 0; i < v.length; i++) b[i] = c.half[i >> 1]! * v[i]! + c.q[i >> 1]! * na[i]!;
    nonlinear(b, nb);
    for (let i = 0; i < v.length; i++) {
      d[i] = c.half[i >> 1]! * a[i]! + c.q[i >> 1]! * (2 * nb[i]! - nv[i]!);
    }
    nonlinear(d, nd);
    for (let i = 0; i < v.length; i++) {
      const j = i >> 1;
      v[i] =
        c.whole[j]! * v[i]! +
        c.first[j]! * nv[i]! +
        2 * c.middle[j]! * (na[i]! + nb[i]!) +
        c.last[j]! * nd[i]!;
    }
  }

  const u = new Float64Array(points * times);
  for (let j = 0; j < times; j++) {
    if (j > 0) for (let s = 0; s < steps; s++) step();
    backward(v, values);
    for (let i = 0; i < points; i++) u[i * times + j] = values[i]!;
  }
  return { x, t: Float64Array.from({ length: times }, (_, j) => j * interval), u };
}

/** The real means over the circle of radius 1 around each h·L; points come in conjugate pairs, so half of them do. */
function coefficients(linear: Float64Array, h: number) {
  const mean = (f: (re: number, im: number) => number): Float64Array =>
    linear.map((l) => {
      let sum = 0;
      for (let m = 0; m < CONTOUR; m++) {
        const angle = (Math.PI * (m + 0.5)) / CONTOUR;
        sum += f(h * l + Math.cos(angle), Math.sin(angle));
      }
      return (h * sum) / CONTOUR;
    });
  /** Real part of (p + q e^z) / z³ for polynomials p, q given by their coefficients of 1, z, z². */
  const ratio = (p: readonly number[], q: readonly number[]) => (re: number, im: number) => {
    const [z2re, z2im] = [re * re - im * im, 2 * re * im];
    const poly = (k: readonly number[]) =>
      [k[0]! + k[1]! * re + k[2]! * z2re, k[1]! * im + k[2]! * z2im] as const;
    const [pre, pim] = poly(p);
    const [qre, qim] = poly(q);
    const [ere, eim] = [Math.exp(re) * Math.cos(im), Math.exp(re) * Math.sin(im)];
    const [nre, nim] = [pre + qre * ere - qim * eim, pim + qre * eim + qim * ere];
    const [dre, dim] = [z2re * re - z2im * im, z2re * im + z2im * re];
    return (nre * dre + nim * dim) / (dre * dre + dim * dim);
  };
  return {
    whole: linear.map((l) => Math.exp(h * l)),
    half: linear.map((l) => Math.exp((h * l) / 2)),
    q: mean((re, im) => {
      const [nre, nim] = [Math.exp(re / 2) * Math.cos(im / 2) - 1, Math.exp(re / 2) * Math.sin(im / 2)];
      return (nre * re + nim * im) / (re * re + im * im);
    }),
    first: mean(ratio([-4, -1, 0], [4, -3, 1])),
    middle: mean(ratio([2, 1, 0], [-2, 1, 0])),
    last: mean(ratio([-4, -3, -1], [4, -1, 0])),
  };
}
