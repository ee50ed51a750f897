import type { Rng } from "../../src/index.ts";

/** Distances below this count as this: points that meet do not fly apart. */
const CLOSEST = 0.01;
/** The furthest that a point moves, as a share of the layout's larger side. */
const FURTHEST = 0.1;

/**
 * Fruchterman and Reingold's force-directed layout, one iteration a step, from standard normal positions.
 *
 * With ideal distance k = 1/√n a pair at distance d repels by k²/d, an edge attracts by d²/k; each point then moves by
 * its force, but not further than the temperature, a tenth of the layout.
 *
 * @param adjacency n × n, symmetric, in {0, 1}.
 * @param out timesteps × n × 2, the first are the positions to start from.
 * @see Fruchterman and Reingold (1991), "Graph drawing by force-directed placement".
 */
export function layout(adjacency: Float32Array, timesteps: number, rng: Rng, out: Float32Array): void {
  const n = Math.sqrt(adjacency.length);
  const k = 1 / Math.sqrt(n);
  for (let i = 0; i < 2 * n; i++) out[i] = rng.normal();
  for (let t = 1; t < timesteps; t++) {
    const now = out.subarray((t - 1) * 2 * n, t * 2 * n);
    const temperature = FURTHEST * extent(now);
    for (let i = 0; i < n; i++) {
      let [fx, fy] = [0, 0];
      for (let j = 0; j < n; j++) {
        const [dx, dy] = [now[2 * i]! - now[2 * j]!, now[2 * i + 1]! - now[2 * j + 1]!];
        const d = Math.max(Math.hypot(dx, dy), CLOSEST);
        const force = (k * k) / (d * d) - (adjacency[i * n + j]! * d) / k;
        fx += force * dx;
        fy += force * dy;
      }
      const share = Math.min(1, temperature / Math.hypot(fx, fy));
      out[(t * n + i) * 2] = now[2 * i]! + share * fx;
      out[(t * n + i) * 2 + 1] = now[2 * i + 1]! + share * fy;
    }
  }
}

/** The larger side of the box around points. */
function extent(points: Float32Array): number {
  const side = (axis: number): number => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < points.length; i += 2) {
      low = Math.min(low, points[i]!);
      high = Math.max(high, points[i]!);
    }
    return high - low;
  };
  return Math.max(side(0), side(1));
}
