/** What every relaxation must do, as a reusable test suite: call it inside a test file with small instances. */
import { describe, expect, test } from "vitest";
import { dot } from "../src/conformance/enumerate.ts";
import { tiled } from "../src/conformance/tiled.ts";
import type { FloatArray, Relaxation, Rng, Structure } from "../src/contracts.ts";
import { rng } from "../src/core/rng.ts";
import { sizeOf } from "../src/core/shape.ts";
import { bothWays } from "./both-ways.ts";
import { expectClose } from "./golden.ts";
import { powerOfTwo, SCALES, unitTheta } from "./huge.ts";
import { expectOverlapsSafe } from "./overlap.ts";

export interface RelaxationOptions<C> {
  /** Context of one row. */
  readonly context?: C;
  /** Every point of the polytope fulfils this to 1e-9 (a list of what is broken, empty if nothing). */
  readonly infeasibility: (x: Float64Array) => number;
  /** The limit for t → ∞, where it is known. */
  readonly uniform?: Float64Array;
  /** True where f is known in part: a product of relaxations of which some have no `regularizer`. */
  readonly partlyRegular?: boolean;
  /** False where the relaxation is no argmax of a concave programme, so that its Jacobian is not symmetric. */
  readonly symmetric?: boolean;
  /** Numbers in a row of utilities, where it differs from the state's. */
  readonly inputSize?: number;
  /** Temperatures for the finite differences. */
  readonly temperatures?: readonly number[];
  readonly tolerance?: number;
}

export function relaxationConformance<C>(
  title: string,
  make: () => Relaxation<C>,
  options: RelaxationOptions<C>,
): void {
  describe(`${title} as a relaxation`, () => {
    const relaxation = bothWays(make);
    const outSize = sizeOf(relaxation.structure.shape);
    const size = options.inputSize ?? outSize;
    const context = options.context;
    const normals = (r: Rng, length: number, scale = 1): Float64Array =>
      Float64Array.from({ length }, () => scale * r.normal());
    const relax = (u: FloatArray, t: number): Float64Array => {
      const x = new Float64Array((u.length / size) * outSize);
      relaxation.relax(u, t, x, context);
      return x;
    };
    const vjp = (u: FloatArray, t: number, g: FloatArray): Float64Array => {
      const out = new Float64Array(u.length);
      relaxation.vjp(u, t, g, out, context);
      return out;
    };

    for (const t of options.temperatures ?? [0.5, 1, 3]) {
      test(`the vector–Jacobian product is the derivative at temperature ${t}`, () => {
        const r = rng(1);
        for (let repeat = 0; repeat < 4; repeat++) {
          const u = normals(r, size);
          const g = normals(r, outSize);
          const direction = normals(r, size);
          const step = 1e-5 * t;
          const ahead = relax(
            u.map((x, i) => x + step * direction[i]!),
            t,
          );
          const behind = relax(
            u.map((x, i) => x - step * direction[i]!),
            t,
          );
          const slope = dot(
            g,
            ahead.map((x, i) => (x - behind[i]!) / (2 * step)),
          );
          // Truncation of the central difference is about step² / t³, cancellation about 1e-16 / step.
          expectClose(dot(direction, vjp(u, t, g)), slope, { rel: 1e-6, abs: 1e-6 / t }, `repeat ${repeat}`);
        }
      });
    }

    test("the Jacobian is symmetric, and the product is linear in the cotangent", () => {
      const r = rng(2);
      const u = normals(r, size);
      const g = normals(r, outSize);
      const h = normals(r, outSize);
      const [vg, vh] = [vjp(u, 0.8, g), vjp(u, 0.8, h)];
      const both = vjp(
        u,
        0.8,
        g.map((x, i) => 2 * x - h[i]!),
      );
      expectClose(
        both,
        vg.map((x, i) => 2 * x - vh[i]!),
        { rel: 1e-8, abs: 1e-9 },
      );
      if (options.symmetric !== false) expectClose(dot(h, vg), dot(g, vh), { rel: 1e-8, abs: 1e-9 });
    });

    test("low temperatures give the hard state", () => {
      const r = rng(3);
      for (let repeat = 0; repeat < 5; repeat++) {
        const u = normals(r, size);
        const z = new Float64Array(outSize);
        relaxation.structure.map(u, z, context);
        expectClose(relax(u, 1e-4), z, { rel: 0, abs: 1e-6 });
      }
    });

    test("the objective is what relax reaches, and its derivative is the point", () => {
      if (!relaxation.objective) return;
      const r = rng(14);
      const reached = (u: FloatArray, t: number): number => {
        const out = new Float64Array(1);
        relaxation.objective!(u, t, out, context);
        return out[0]!;
      };
      for (const t of options.temperatures ?? [0.5, 1, 3]) {
        const u = normals(r, size);
        const direction = normals(r, size);
        const x = relax(u, t);
        const f = new Float64Array(1);
        relaxation.regularizer?.(x, f);
        if (relaxation.regularizer && !options.partlyRegular) {
          expectClose(reached(u, t), dot(x, u) - t * f[0]!, { rel: 1e-9, abs: 1e-9 });
        }
        const [ahead, behind] = [1e-5 * t, -1e-5 * t].map((step) =>
          reached(
            u.map((value, i) => value + step * direction[i]!),
            t,
          ),
        ) as [number, number];
        expectClose((ahead - behind) / (2e-5 * t), dot(x, direction), { rel: 1e-6, abs: 1e-7 });
      }
    });

    test("high temperatures give the point of maximum entropy", () => {
      if (!options.uniform) return;
      expectClose(relax(normals(rng(4), size), 1e8), options.uniform, { rel: 0, abs: 1e-6 });
    });

    for (const [scale, t] of [
      [1, 1e-3],
      [1, 1e3],
      [1e4, 1e-3],
      [1e4, 1],
      [1e4, 1e3],
      [0, 1],
    ] as const) {
      test(`utilities of scale ${scale} at temperature ${t} give a point of the polytope and finite gradients`, () => {
        const r = rng(5);
        for (let repeat = 0; repeat < 4; repeat++) {
          const u = normals(r, size, scale / 3);
          expect(options.infeasibility(relax(u, t))).toBeLessThan(options.tolerance ?? 1e-9);
          const gradient = vjp(u, t, normals(r, outSize));
          expect(gradient.every(Number.isFinite)).toBe(true);
        }
      });
    }

    test("a batch is its rows one by one, and an empty batch is allowed", () => {
      const u = normals(rng(6), 3 * size);
      const g = normals(rng(7), 3 * outSize);
      const x = g.slice();
      const v = u.slice();
      relaxation.relax(u, 0.7, x, tiled(context, 3));
      relaxation.vjp(u, 0.7, g, v, tiled(context, 3));
      for (let row = 0; row < 3; row++) {
        const one = u.slice(row * size, (row + 1) * size);
        const cotangent = g.slice(row * outSize, (row + 1) * outSize);
        expect(relax(one, 0.7)).toEqual(x.slice(row * outSize, (row + 1) * outSize));
        expect(vjp(one, 0.7, cotangent)).toEqual(v.slice(row * size, (row + 1) * size));
      }
      const none = new Float64Array(0);
      expect(() => relaxation.relax(none, 1, none, tiled(context, 0))).not.toThrow();
    });

    test("huge utilities and extreme temperatures give a point of the polytope, or an error that names the range", () => {
      for (const power of [0, ...SCALES]) {
        for (const t of [1, 1e-5, 1e-10, 1e-20, 1e-50, 1e-300, 5e-324, 1e20, 1e300]) {
          for (let seed = 0; seed < 6; seed++) {
            const u = unitTheta(size, seed).map((x) => x * powerOfTwo(power));
            const g = normals(rng(16), outSize);
            for (const call of [() => relax(u, t), () => vjp(u, t, g)]) {
              try {
                const found = call();
                const at = `1e${power} at temperature ${t}, seed ${seed}`;
                expect(found.every(Number.isFinite), at).toBe(true);
              } catch (error) {
                expect(error).toBeInstanceOf(RangeError);
                expect((error as Error).message).toMatch(/expected (numbers|a number) in \[.*\].*, got/);
                expect(power > 10 || t < 1e-4 || t > 1e200).toBe(true);
              }
            }
          }
        }
      }
    });

    test("what is read and what is written may overlap in any way", () => {
      const rows = 3;
      const all = tiled(context, rows);
      const u = normals(rng(14), rows * size);
      const g = normals(rng(15), rows * outSize);
      expectOverlapsSafe({
        inputs: [u],
        rows,
        outLength: rows * outSize,
        call: ([from], out) => relaxation.relax(from!, 0.7, out, all),
      });
      expectOverlapsSafe({
        inputs: [u, g],
        rows,
        outLength: rows * size,
        call: ([from, cotangent], out) => relaxation.vjp(from!, 0.7, cotangent!, out, all),
      });
      const { objective, regularizer } = relaxation;
      if (objective) {
        expectOverlapsSafe({
          inputs: [u],
          rows,
          outLength: rows,
          call: ([from], out) => objective(from!, 0.7, out, all),
        });
      }
      if (regularizer) {
        expectOverlapsSafe({
          inputs: [g.map(Math.abs)],
          rows,
          outLength: rows,
          call: ([x], out) => regularizer(x!, out),
        });
      }
    });

    test("Float32Array gives the same to single precision, and nothing that came in is changed", () => {
      const u = Float32Array.from(normals(rng(8), size));
      const g = Float32Array.from(normals(rng(9), outSize));
      const [uCopy, gCopy] = [u.slice(), g.slice()];
      const x = new Float32Array(outSize);
      const v = new Float32Array(size);
      relaxation.relax(u, 0.9, x, context);
      relaxation.vjp(u, 0.9, g, v, context);
      expectClose(x, relax(Float64Array.from(u), 0.9), { rel: 1e-6, abs: 1e-7 });
      expectClose(v, vjp(Float64Array.from(u), 0.9, Float64Array.from(g)), { rel: 1e-6, abs: 1e-6 });
      expect([u, g]).toEqual([uCopy, gCopy]);
    });

    test("a context that is no object or has an unknown key is an error that leaves out as it was", () => {
      const u = normals(rng(12), size);
      const out = new Float64Array(outSize).fill(7);
      const back = new Float64Array(size).fill(7);
      for (const wrong of [null, 3, { maks: [] }] as unknown as C[]) {
        expect(() => relaxation.relax(u, 1, out, wrong)).toThrow(TypeError);
        expect(() => relaxation.vjp(u, 1, normals(rng(13), outSize), back, wrong)).toThrow(TypeError);
      }
      expect([...out, ...back].every((x) => x === 7)).toBe(true);
    });

    test("bad values, lengths, kinds and temperatures are errors that leave out as it was", () => {
      const u = normals(rng(10), size);
      const out = new Float64Array(outSize).fill(7);
      const bad = u.slice();
      bad[size - 1] = Number.NaN;
      const g = normals(rng(11), outSize);
      const broken = g.slice();
      broken[0] = Infinity;
      const back = new Float64Array(size).fill(7);
      expect(() => relaxation.relax(bad, 1, out, context)).toThrow(RangeError);
      expect(() => relaxation.relax(u, 0, out, context)).toThrow(RangeError);
      expect(() => relaxation.relax(u, Number.NaN, out, context)).toThrow(RangeError);
      expect(() => relaxation.relax(u, "1" as unknown as number, out, context)).toThrow(TypeError);
      expect(() => relaxation.relax(u, 1, new Float64Array(outSize + 1), context)).toThrow(RangeError);
      expect(() => relaxation.relax(Array.from(u) as unknown as FloatArray, 1, out, context)).toThrow(
        TypeError,
      );
      expect(() => relaxation.vjp(u, 1, broken, back, context)).toThrow(RangeError);
      expect(() => relaxation.vjp(u, 1, new Float64Array(outSize + 1), back, context)).toThrow(RangeError);
      expect([...out, ...back].every((x) => x === 7)).toBe(true);
    });
  });
}

/** How far x is from {0 ≤ x ≤ 1, Σx = k}. */
export function cappedSimplexInfeasibility(x: Float64Array, k: number): number {
  return Math.max(
    Math.abs(x.reduce((a, b) => a + b, 0) - k),
    ...x.map((value) => Math.max(-value, value - 1)),
  );
}

/**
 * How far x is from conv(C), at least, by the scores of the best states in some directions; for structures of which
 * nothing else is known. θ is admissible in every direction.
 */
export function hullInfeasibility<C>(structure: Structure<C>, x: Float64Array, context?: C): number {
  const r = rng(99);
  const z = x.slice();
  let worst = 0;
  for (let i = 0; i < 40; i++) {
    const direction = x.map((_, j) => (i < 20 ? r.normal() : j % 20 === i - 20 ? 1 : 0));
    structure.map(direction, z, context);
    worst = Math.max(worst, dot(x, direction) - dot(z, direction));
  }
  return worst;
}
