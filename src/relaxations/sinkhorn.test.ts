import { describe, expect, test } from "vitest";
import { expectClose, golden } from "../../test/golden.ts";
import { relaxationConformance } from "../../test/relaxation-conformance.ts";
import { dot } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { matching } from "../structures/matching.ts";
import { type TransportContext, transport } from "../structures/transport.ts";
import { type SinkhornOptions, sinkhorn } from "./sinkhorn.ts";

interface Inputs {
  readonly n: number;
  readonly t: number;
  readonly U: number[];
  readonly g: number[];
}
interface Outputs {
  readonly X: number[];
  readonly vjp: number[];
  readonly after1: number[];
  readonly after10: number[];
}

function infeasibility(x: Float64Array, n: number): number {
  let worst = 0;
  for (let i = 0; i < n; i++) {
    let row = 0;
    let column = 0;
    for (let j = 0; j < n; j++) {
      row += x[i * n + j]!;
      column += x[j * n + i]!;
      worst = Math.max(worst, -x[i * n + j]!);
    }
    worst = Math.max(worst, Math.abs(row - 1), Math.abs(column - 1));
  }
  return worst;
}

function relaxed(u: Float64Array, t: number, options?: SinkhornOptions): Float64Array {
  const x = new Float64Array(u.length);
  sinkhorn(matching(Math.sqrt(u.length)), options).relax(u, t, x);
  return x;
}

function product(u: Float64Array, t: number, g: Float64Array, options?: SinkhornOptions): Float64Array {
  const out = new Float64Array(u.length);
  sinkhorn(matching(Math.sqrt(u.length)), options).vjp(u, t, g, out);
  return out;
}

const normals = (seed: number, length: number, scale = 1): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => scale * r.normal());
};

describe("sinkhorn", () => {
  for (const n of [1, 2, 3, 6]) {
    relaxationConformance(`sinkhorn(matching(${n}))`, () => sinkhorn(matching(n)), {
      infeasibility: (x) => infeasibility(x, n),
      uniform: new Float64Array(n * n).fill(1 / n),
    });
  }

  for (const { case: title, inputs, outputs, tol } of golden<Inputs, Outputs>("sinkhorn")) {
    const u = Float64Array.from(inputs.U);
    const g = Float64Array.from(inputs.g);
    test(`the fixed point and its product agree with the golden vector ${title}`, () => {
      expectClose(relaxed(u, inputs.t, { tolerance: 1e-14 }), outputs.X, tol, "X");
      expectClose(product(u, inputs.t, g, { tolerance: 1e-14 }), outputs.vjp, tol, "vjp");
    });
    test(`rounds agree with the golden vector ${title}`, () => {
      const rounds = (iterations: number): SinkhornOptions => ({
        iterations,
        tolerance: 0,
        gradient: "unrolled",
      });
      expectClose(relaxed(u, inputs.t, rounds(1)), outputs.after1, tol, "after1");
      expectClose(relaxed(u, inputs.t, rounds(10)), outputs.after10, tol, "after10");
    });
  }

  /** The rounds, written out in the log domain. */
  function logRounds(u: Float64Array, n: number, rounds: number): Float64Array {
    const x = u.slice();
    const normalise = (at: (k: number) => number): void => {
      const values = Array.from({ length: n }, (_, k) => x[at(k)]!);
      const max = Math.max(...values);
      const log = max + Math.log(values.reduce((sum, value) => sum + Math.exp(value - max), 0));
      for (let k = 0; k < n; k++) x[at(k)]! -= log;
    };
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < n; i++) normalise((k) => i * n + k);
      for (let j = 0; j < n; j++) normalise((k) => k * n + j);
    }
    return x.map(Math.exp);
  }

  // From scores that one matrix of exponentials can hold to scores that only single rounds in the log domain can.
  for (const spread of [1, 50, 200, 1000, 1e5]) {
    for (const iterations of [1, 2, 7]) {
      test(`${iterations} unrolled rounds and their product are exact at a spread of ${spread}`, () => {
        const n = 5;
        const options = { iterations, tolerance: 0, gradient: "unrolled" } as const;
        const r = rng(1);
        for (let repeat = 0; repeat < 6; repeat++) {
          // Multiples of the spread with small differences, so that entries compete at every scale.
          const u = Float64Array.from(
            { length: n * n },
            () => spread * Math.floor(3 * r.uniform()) + Math.min(spread, 1) * r.normal(),
          );
          const g = normals(2 + repeat, n * n);
          const precision = 1e-13 * spread;
          expectClose(relaxed(u, 1, options), logRounds(u, n, iterations), {
            rel: 1e-9,
            abs: 1e-13 + precision,
          });
          const v = product(u, 1, g, options);
          const h = spread > 1e3 ? 1e-4 : 1e-5;
          for (let i = 0; i < n * n; i++) {
            const [ahead, behind] = [h, -h].map((step) => {
              const moved = u.slice();
              moved[i]! += step;
              return logRounds(moved, n, iterations).reduce((sum, x, j) => sum + x * g[j]!, 0);
            }) as [number, number];
            expect(Math.abs(v[i]! - (ahead - behind) / (2 * h))).toBeLessThan(1e-7 + precision / h);
          }
        }
      });
    }
  }

  test("the log domain and the scaling domain agree where both can be used", () => {
    const n = 5;
    const u = normals(3, n * n);
    // One forbidden pair sends the rounds to the log domain; −290 is as good as forbidden.
    const far = u.slice();
    far[7] = -290;
    const forbidden = u.slice();
    forbidden[7] = -Infinity;
    const g = normals(4, n * n);
    const options = { iterations: 7, tolerance: 0, gradient: "unrolled" } as const;
    expectClose(relaxed(forbidden, 1, options), relaxed(far, 1, options), { rel: 1e-12, abs: 1e-14 });
    expectClose(product(forbidden, 1, g, options), product(far, 1, g, options), { rel: 1e-11, abs: 1e-13 });
  });

  test("many unrolled rounds converge to the fixed point and its implicit derivative", () => {
    const u = normals(5, 36);
    const g = normals(6, 36);
    const options = { iterations: 500, tolerance: 0, gradient: "unrolled" } as const;
    expectClose(relaxed(u, 0.5, options), relaxed(u, 0.5), { rel: 1e-9, abs: 1e-12 });
    expectClose(product(u, 0.5, g, options), product(u, 0.5, g), { rel: 1e-8, abs: 1e-11 });
  });

  test("the fixed point is exp(u / t) with scaled rows and columns, at any temperature", () => {
    const n = 6;
    for (const t of [0.003, 0.02, 0.1, 1, 50]) {
      const u = normals(7, n * n);
      const x = relaxed(u, t);
      expect(infeasibility(x, n)).toBeLessThan(1e-9);
      // log X − u / t is a sum of row and column potentials: its 2 × 2 cross differences vanish.
      const residual = (i: number, j: number): number => Math.log(x[i * n + j]!) - u[i * n + j]! / t;
      for (let i = 1; i < n; i++) {
        for (let j = 1; j < n; j++) {
          const corners = [x[0]!, x[j]!, x[i * n]!, x[i * n + j]!];
          if (corners.some((p) => p < 1e-60)) continue;
          const cross = residual(i, j) - residual(i, 0) - residual(0, j) + residual(0, 0);
          expect(Math.abs(cross)).toBeLessThan(1e-12 * (1 + 20 / t));
        }
      }
    }
  });

  test("hundreds of random instances converge within the default limits at any temperature", () => {
    const r = rng(8);
    for (const [n, t] of [
      [3, 0.01],
      [8, 0.001],
      [8, 0.05],
      [8, 0.3],
      [20, 0.02],
      [20, 0.2],
    ] as const) {
      const relaxation = sinkhorn(matching(n));
      const u = Float64Array.from({ length: 40 * n * n }, () => r.normal());
      const x = new Float64Array(u.length);
      relaxation.relax(u, t, x);
      expect(relaxation.report().unconverged, JSON.stringify({ n, t, ...relaxation.report() })).toBe(0);
      for (let row = 0; row < 40; row++) {
        expect(infeasibility(x.slice(row * n * n, (row + 1) * n * n), n)).toBeLessThan(1e-9);
      }
    }
  });

  test("at low temperatures, too, the Jacobian is symmetric and no longer than 1 / t, also with forbidden pairs", () => {
    // ∂X/∂u = D^½ P D^½ / t with a projection P and D = diag X ≤ 1. Blocks of rows that share columns hang together
    // by next to nothing where it is cold.
    const r = rng(17);
    for (let repeat = 0; repeat < 600; repeat++) {
      const n = 2 + (repeat % 11);
      const t = [0.001, 0.01, 0.1][repeat % 3]!;
      const forbidden = [0, 0, 0.3][repeat % 3]!;
      const u = Float64Array.from({ length: n * n }, (_, at) => {
        const x = r.normal();
        return at % (n + 1) !== 0 && r.uniform() < forbidden ? -Infinity : x;
      });
      const [g, h] = [normals(2 * repeat, n * n), normals(2 * repeat + 1, n * n)] as const;
      const [vg, vh] = [product(u, t, g), product(u, t, h)];
      const along = t * dot(h, vg);
      expect(Math.abs(along)).toBeLessThan(Math.sqrt(dot(g, g) * dot(h, h)));
      expect(Math.abs(along - t * dot(g, vh)), `${n} ${t}`).toBeLessThan(1e-7);
      expect(t * dot(g, vg)).toBeGreaterThan(-1e-7);
    }
  });

  test("the report tells what was reached, and what was not", () => {
    const relaxation = sinkhorn(matching(8), { iterations: 2, gradient: "unrolled" });
    const x = new Float64Array(128);
    relaxation.relax(normals(9, 128), 0.1, x);
    const report = relaxation.report();
    expect(report.rows).toBe(2);
    expect(report.iterations).toBe(2);
    expect(report.unconverged).toBe(2);
    expect(report.residual).toBeGreaterThan(1e-10);
    relaxation.report();
  });

  test("forbidden pairs are 0, and a pattern with one matching alone gives that one", () => {
    const u = normals(10, 16);
    for (let i = 0; i < 4; i++) for (let j = i + 1; j < 4; j++) u[i * 4 + j] = -Infinity;
    const x = relaxed(u, 1);
    expectClose(x, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], { rel: 0, abs: 1e-9 });
    expect(product(u, 1, normals(11, 16)).every((p) => Math.abs(p) < 1e-8)).toBe(true);
  });

  for (const gradient of ["implicit", "unrolled"] as const) {
    test(`rows of a batch may have their own sides and masks: ${gradient}`, () => {
      const relaxation = sinkhorn(matching(3), { gradient });
      const u = normals(12, 18);
      const g = normals(13, 18);
      const mask = new Array(18).fill(1);
      mask[9 + 4] = 0;
      const context = { rowCounts: [2, 3], colCounts: [2, 3], mask };
      const x = new Float64Array(18);
      relaxation.relax(u, 0.8, x, context);
      const corner = (a: Float64Array): Float64Array => Float64Array.of(a[0]!, a[1]!, a[3]!, a[4]!);
      expectClose(corner(x), relaxed(corner(u), 0.8), { rel: 1e-8, abs: 1e-9 });
      expect([2, 5, 6, 7, 8, 13].map((i) => x[i])).toEqual([0, 0, 0, 0, 0, 0]);
      expect(infeasibility(x.slice(9), 3)).toBeLessThan(1e-9);
      const v = new Float64Array(18);
      relaxation.vjp(u, 0.8, g, v, context);
      expectClose(corner(v), product(corner(u), 0.8, corner(g)), { rel: 1e-8, abs: 1e-9 });
      expect([2, 5, 6, 7, 8, 13].map((i) => Math.abs(v[i]!))).toEqual([0, 0, 0, 0, 0, 0]);
      const oblong = { rowCounts: [2, 3], colCounts: [3, 3] };
      expect(() => relaxation.relax(u, 0.8, x, oblong)).toThrow(/row 0/);
    });
  }

  test("options and structures out of range are errors", () => {
    expect(() => sinkhorn(matching(3), { tolerance: -1 })).toThrow(RangeError);
    expect(() => sinkhorn(matching(3), { iterations: 0 })).toThrow(RangeError);
    expect(() => sinkhorn(matching(3), { gradient: "exact" as "implicit" })).toThrow(RangeError);
    expect(() => sinkhorn(matching(3), { steps: 3 } as SinkhornOptions)).toThrow(TypeError);
    expect(() => sinkhorn(matching(2, 3))).toThrow(/rectangles are transport/);
    expect(() => sinkhorn(transport([1], [1]), { gradient: "unrolled" })).toThrow(/implicit for transport/);
    expect(() => sinkhorn({ name: "kSubset", shape: [2, 2], map: () => {} })).toThrow(TypeError);
    const u = Float64Array.of(0, -Infinity, 0, -Infinity);
    expect(() => sinkhorn(matching(2)).relax(u, 1, new Float64Array(4))).toThrow(/row 0/);
  });
});

describe("sinkhorn(transport(…))", () => {
  const off = (x: Float64Array, rowSums: readonly number[], columnSums: readonly number[]): number => {
    const columns = columnSums.length;
    const ofRows = rowSums.map((sum, i) =>
      Math.abs(x.subarray(i * columns, (i + 1) * columns).reduce((a, b) => a + b) - sum),
    );
    const ofColumns = columnSums.map((sum, j) =>
      Math.abs(rowSums.reduce((total, _, i) => total + x[i * columns + j]!, 0) - sum),
    );
    return Math.max(...ofRows, ...ofColumns, ...Array.from(x, (p) => -p));
  };
  const independent = (rowSums: readonly number[], columnSums: readonly number[]): Float64Array => {
    const total = rowSums.reduce((a, b) => a + b);
    return Float64Array.from(rowSums.flatMap((a) => columnSums.map((b) => (a * b) / total)));
  };

  for (const [rowSums, columnSums] of [
    [
      [3, 2],
      [1, 2, 2],
    ],
    [
      [1, 2, 0.5, 1.5],
      [4, 1],
    ],
    [[4], [1, 3]],
    [
      [1, 1, 1],
      [1, 1, 1],
    ],
  ] as const) {
    relaxationConformance(
      `sinkhorn(transport([${rowSums}], [${columnSums}]))`,
      () => sinkhorn(transport(rowSums, columnSums)),
      {
        infeasibility: (x) => off(x, rowSums, columnSums),
        uniform: independent(rowSums, columnSums),
      },
    );
  }
  relaxationConformance<TransportContext>(
    "sinkhorn(transport) with other sums and a forbidden pair",
    () => sinkhorn(transport([3, 2], [1, 2, 2])),
    {
      context: { rowSums: [2, 4], columnSums: [3, 1, 2], mask: [1, 1, 0, 1, 1, 1] },
      infeasibility: (x) => Math.max(off(x, [2, 4], [3, 1, 2]), Math.abs(x[2]!)),
    },
  );

  test("with sums of 1 it is that of matchings", () => {
    for (const t of [0.02, 0.3, 2]) {
      const [u, g] = [normals(31, 25), normals(32, 25)];
      const plans = sinkhorn(transport([1, 1, 1, 1, 1], [1, 1, 1, 1, 1]), { tolerance: 1e-13 });
      const [x, v] = [new Float64Array(25), new Float64Array(25)];
      plans.relax(u, t, x);
      plans.vjp(u, t, g, v);
      expectClose(x, relaxed(u, t, { tolerance: 1e-13 }), { rel: 1e-9, abs: 1e-11 });
      expectClose(v, product(u, t, g, { tolerance: 1e-13 }), { rel: 1e-7, abs: 1e-9 });
    }
  });

  test("hundreds of random plans converge within the default limits at any temperature", () => {
    const r = rng(33);
    for (const [rows, columns, t] of [
      [3, 5, 0.001],
      [8, 3, 0.01],
      [6, 6, 0.05],
      [20, 12, 0.02],
      [20, 12, 0.3],
      [2, 30, 1],
    ] as const) {
      const whole = t < 0.02;
      const part = Float64Array.from({ length: rows * columns }, () =>
        whole ? 1 + Math.floor(3 * r.uniform()) : 0.05 + r.uniform(),
      );
      const rowSums = Array.from({ length: rows }, (_, i) =>
        part.subarray(i * columns, (i + 1) * columns).reduce((a, b) => a + b),
      );
      const columnSums = Array.from({ length: columns }, (_, j) =>
        rowSums.reduce((sum, _, i) => sum + part[i * columns + j]!, 0),
      );
      const relaxation = sinkhorn(transport(rowSums, columnSums));
      const u = normals(34, 30 * rows * columns);
      const x = new Float64Array(u.length);
      relaxation.relax(u, t, x);
      expect(
        relaxation.report().unconverged,
        `${rows} × ${columns} at ${t}: ${JSON.stringify(relaxation.report())}`,
      ).toBe(0);
      for (let row = 0; row < 30; row++) {
        const plan = x.slice(row * rows * columns, (row + 1) * rows * columns);
        expect(off(plan, rowSums, columnSums)).toBeLessThan(1e-9 * Math.max(...rowSums));
      }
    }
  });

  test("each row of a batch may have its own sums", () => {
    const plans = sinkhorn(transport([3, 2], [1, 2, 2]));
    const u = normals(35, 12);
    const x = new Float64Array(12);
    plans.relax(u, 0.7, x, { rowSums: [3, 2, 1, 7], columnSums: [1, 2, 2, 4, 2, 2] });
    const [first, second] = [new Float64Array(6), new Float64Array(6)];
    plans.relax(u.slice(0, 6), 0.7, first);
    sinkhorn(transport([1, 7], [4, 2, 2])).relax(u.slice(6), 0.7, second);
    expectClose(x.slice(0, 6), first, { rel: 1e-12, abs: 0 });
    expectClose(x.slice(6), second, { rel: 1e-12, abs: 0 });
    expect(() => plans.relax(u, 0.7, x, { rowSums: [3, 2, 1, 6] })).toThrow(/row 1/);
  });
});
