/**
 * What every structure and every exponential family must do, as reusable test suites: call them inside a test file
 * with small instances whose states can be enumerated.
 */
import { describe, expect, test } from "vitest";
import { type CheckStructureOptions, checkStructure } from "../src/conformance/check-structure.ts";
import { dot, enumerate } from "../src/conformance/enumerate.ts";
import { tiled } from "../src/conformance/tiled.ts";
import type { ExponentialFamily, FloatArray, Rng, Structure } from "../src/contracts.ts";
import { rng } from "../src/core/rng.ts";
import { sizeOf } from "../src/core/shape.ts";
import { bothWays } from "./both-ways.ts";
import { expectClose } from "./golden.ts";
import { expectHugeInference, expectHugeMap, SCALES, unitTheta } from "./huge.ts";
import { expectOverlapsSafe } from "./overlap.ts";
import { chiSquare, chiSquareLimit } from "./statistics.ts";

export interface Options<C> {
  /** Context of one row; the suites repeat it by calling row by row. */
  readonly context?: C;
  /** Turns standard normals into admissible θ, where not every θ is (say, negative costs). */
  readonly theta?: (normals: Float64Array) => Float64Array;
  /** Tolerance against enumeration. */
  readonly tol?: { readonly rel: number; readonly abs: number };
}

const TOLERANCE = { rel: 1e-9, abs: 1e-10 };

function admitted<C>({ context, theta }: Options<C>): CheckStructureOptions<C> {
  return { ...(context !== undefined && { context }), ...(theta && { theta }) };
}

function randomTheta<C>(
  structure: Structure<C>,
  r: Rng,
  scale: number,
  options: Options<C>,
  rows = 1,
): Float64Array {
  const normals = Float64Array.from({ length: rows * sizeOf(structure.shape) }, () => scale * r.normal());
  return options.theta ? options.theta(normals) : normals;
}

/** MAP, batches, kinds of array and errors. */
export function structureConformance<C>(
  title: string,
  make: () => Structure<C>,
  options: Options<C> = {},
): void {
  describe(`${title} as a structure`, () => {
    const structure = bothWays(make);
    const size = sizeOf(structure.shape);
    const map = (theta: FloatArray, s: Structure<C> = structure): FloatArray => {
      const out = theta.slice();
      s.map(theta, out, options.context);
      return out;
    };

    test("is what checkStructure expects, whatever theta is drawn", () => {
      // MAP alone: of graphs with cycles, say, inference is an error.
      const { name, shape, states, cardinality, parts, contextRows } = structure;
      const mapOnly: Structure<C> = {
        name,
        shape,
        map: (theta, out, context) => structure.map(theta, out, context),
        ...(states && { states: (context?: C) => structure.states!(context) }),
        ...(cardinality !== undefined && { cardinality }),
        ...(parts && { parts }),
        ...(contextRows && { contextRows }),
      };
      for (let seed = 0; seed < 2; seed++) {
        checkStructure(mapOnly, { ...admitted(options), rng: rng(seed) });
      }
    });

    test("map of tied parameters is a state", () => {
      const ties = new Float64Array(size);
      const theta = options.theta ? options.theta(ties) : ties;
      expect(enumerate(structure, theta, options.context).logProbability(map(theta))).toBeGreaterThan(
        -Infinity,
      );
    });

    test("states are enumerated once each, as arrays of their own, whatever else is called meanwhile", () => {
      if (!structure.states) return;
      const theta = randomTheta(structure, rng(8), 1, options);
      const states: Float64Array[] = [];
      for (const z of structure.states(options.context)) {
        states.push(z);
        map(theta);
      }
      expect(new Set(states.map((z) => z.join())).size).toBe(states.length);
      expect(states).toEqual(Array.from(structure.states(options.context)));
    });

    test("the state may be written where theta is", () => {
      for (const repeat of [1, 2, 3]) {
        const theta = randomTheta(structure, rng(9).split(repeat), 1, options);
        for (const own of [theta.slice(), Float32Array.from(theta)]) {
          const apart = own.slice();
          structure.map(own, apart, options.context);
          structure.map(own, own, options.context);
          expect(own).toEqual(apart);
        }
      }
    });

    test("map of huge parameters is a best state, or an error that names row and range", () => {
      if (!structure.states) return;
      for (const power of SCALES) {
        for (let seed = 0; seed < 6; seed++) {
          const unit = unitTheta(size, seed);
          expectHugeMap(structure, options.theta ? options.theta(unit) : unit, power, options.context);
        }
      }
    });

    test("theta and out may overlap in any way", () => {
      const rows = 4;
      const context = tiled(options.context, rows);
      expectOverlapsSafe({
        inputs: [randomTheta(structure, rng(5), 1, options, rows)],
        rows,
        outLength: rows * size,
        call: ([theta], out) => structure.map(theta!, out, context),
      });
    });

    test("an empty batch is allowed", () => {
      const none = new Float64Array(0);
      expect(() => structure.map(none, none, tiled(options.context, 0))).not.toThrow();
    });

    test("Float32Array and Float64Array give the same state, and theta is unchanged", () => {
      const single = Float32Array.from(randomTheta(structure, rng(3), 1, options));
      const copy = single.slice();
      expect(Array.from(map(single))).toEqual(Array.from(map(Float64Array.from(single))));
      expect(single).toEqual(copy);
    });

    test("NaN, +Infinity, wrong lengths and wrong kinds are errors that leave out as it was", () => {
      const theta = randomTheta(structure, rng(4), 1, options);
      const out = new Float64Array(theta.length).fill(7);
      for (const bad of [Number.NaN, Infinity]) {
        const broken = theta.slice();
        broken[size - 1] = bad;
        expect(() => structure.map(broken, out, options.context)).toThrow(RangeError);
      }
      expect(() => structure.map(new Float64Array(size + 1), out, options.context)).toThrow(RangeError);
      expect(() => structure.map(theta, new Float64Array(size + 1), options.context)).toThrow(RangeError);
      expect(() => structure.map(Array.from(theta) as unknown as FloatArray, out, options.context)).toThrow(
        TypeError,
      );
      expect(out.every((x) => x === 7)).toBe(true);
    });
  });
}

/** Exact inference against enumeration, samples against the law, and the structure suite. */
export function familyConformance<C>(
  title: string,
  make: () => ExponentialFamily<C>,
  options: Options<C> = {},
): void {
  structureConformance(title, make, options);
  const tol = options.tol ?? TOLERANCE;

  describe(`${title} as an exponential family`, () => {
    const family = bothWays(make);
    const size = sizeOf(family.shape);
    const context = options.context;
    const draw = (scale: number, seed: number) => randomTheta(family, rng(seed), scale, options);
    const one = (f: (out: Float64Array) => void): number => {
      const out = new Float64Array(1);
      f(out);
      return out[0]!;
    };
    const rows = (f: (out: Float64Array) => void): Float64Array => {
      const out = new Float64Array(size);
      f(out);
      return out;
    };

    test("is what checkStructure expects, inference too", () => {
      checkStructure(make(), { ...admitted(options), rng: rng(36) });
    });

    for (const scale of [0, 0.3, 1, 5, 50, 1000]) {
      test(`exact inference agrees with enumeration at scale ${scale}`, () => {
        for (let seed = 10; seed < 14; seed++) {
          const theta = draw(scale, seed);
          const v = Float64Array.from({ length: size }, (_, i) => Math.sin(seed + 3 * i));
          const truth = enumerate(family, theta, context);
          const at = `scale ${scale} seed ${seed}`;
          expectClose(
            one((out) => family.logPartition(theta, out, context)),
            truth.logPartition,
            tol,
            `${at} logPartition`,
          );
          expectClose(
            one((out) => family.entropy(theta, out, context)),
            truth.entropy,
            tol,
            `${at} entropy`,
          );
          const mu = rows((out) => family.marginals(theta, out, context));
          expectClose(mu, truth.marginals, tol, `${at} marginals`);
          expect(
            mu.every((p) => p >= 0 && p <= 1),
            `${at} marginals in [0, 1]`,
          ).toBe(true);
          expectClose(
            rows((out) => family.marginalsJvp(theta, v, out, context)),
            truth.jvp(v),
            tol,
            `${at} jvp`,
          );
          for (const z of truth.states.slice(0, 50)) {
            const logp = one((out) => family.logProbability(theta, z, out, context));
            expectClose(
              logp,
              truth.logProbability(z),
              { rel: tol.rel, abs: tol.abs * (1 + scale) },
              `${at} logProbability`,
            );
          }
        }
      });
    }

    test("inference of huge parameters is exact, or an error that names row and range", () => {
      for (const power of SCALES) {
        for (let seed = 0; seed < 6; seed++) {
          const unit = unitTheta(size, seed);
          expectHugeInference(family, options.theta ? options.theta(unit) : unit, power, context);
        }
      }
    });

    test("what is read and what is written may overlap in any way", () => {
      const rows = 4;
      const theta = randomTheta(family, rng(32), 1, options, rows);
      const v = randomTheta(family, rng(33), 1, {}, rows);
      const states = theta.slice();
      const all = tiled(context, rows);
      family.map(theta, states, all);
      const one = { inputs: [theta], rows, outLength: rows * size };
      const number = { inputs: [theta], rows, outLength: rows };
      expectOverlapsSafe({ ...one, call: ([t], out) => family.marginals(t!, out, all) });
      expectOverlapsSafe({ ...one, call: ([t], out) => family.sample(t!, rng(34), out, all) });
      expectOverlapsSafe({ ...number, call: ([t], out) => family.logPartition(t!, out, all) });
      expectOverlapsSafe({ ...number, call: ([t], out) => family.entropy(t!, out, all) });
      expectOverlapsSafe({
        ...one,
        inputs: [theta, v],
        call: ([t, d], out) => family.marginalsJvp(t!, d!, out, all),
      });
      expectOverlapsSafe({
        ...number,
        inputs: [theta, states],
        call: ([t, z], out) => family.logProbability(t!, z!, out, all),
      });
    });

    test("out may lie over the arrays of a context", () => {
      const theta = randomTheta(family, rng(35), 1, options, 2);
      const all = tiled(context, 2);
      if (all === undefined) return;
      const apart = theta.slice();
      family.marginals(theta, apart, all);
      /** Each array of the context with the context that has another in its place; a list holds a context a part. */
      function* arrays(of: unknown): Generator<[ArrayLike<number>, (moved: Float64Array) => unknown]> {
        const parts = Array.isArray(of);
        for (const [key, value] of Object.entries((of ?? {}) as Record<string, ArrayLike<number>>)) {
          const put = (x: unknown): unknown =>
            parts ? of.map((part, p) => (p === Number(key) ? x : part)) : { ...(of as object), [key]: x };
          if (!parts) yield [value, put];
          else for (const [values, within] of arrays(value)) yield [values, (moved) => put(within(moved))];
        }
      }
      for (const [values, put] of arrays(all)) {
        const memory = new Float64Array(theta.length + values.length);
        for (let at = 0; at <= theta.length; at += size) {
          const moved = memory.subarray(at, at + values.length);
          moved.set(values);
          const out = memory.subarray(0, theta.length);
          family.marginals(theta, out, put(moved) as C);
          expect(out).toEqual(apart);
        }
      }
    });

    test("logProbability of what is no state is -Infinity", () => {
      const theta = draw(1, 20);
      expect(one((out) => family.logProbability(theta, new Float64Array(size).fill(0.5), out, context))).toBe(
        -Infinity,
      );
      expect(one((out) => family.logProbability(theta, new Float64Array(size).fill(2), out, context))).toBe(
        -Infinity,
      );
    });

    test("the Jacobian of the marginals is symmetric and linear", () => {
      const theta = draw(1, 21);
      const r = rng(22);
      const u = Float64Array.from({ length: size }, () => r.normal());
      const v = Float64Array.from({ length: size }, () => r.normal());
      const jv = rows((out) => family.marginalsJvp(theta, v, out, context));
      const ju = rows((out) => family.marginalsJvp(theta, u, out, context));
      const both = rows((out) =>
        family.marginalsJvp(
          theta,
          u.map((x, i) => 2 * x - v[i]!),
          out,
          context,
        ),
      );
      expectClose(dot(u, jv), dot(v, ju), { rel: 1e-9, abs: 1e-11 });
      expectClose(
        both,
        ju.map((x, i) => 2 * x - jv[i]!),
        { rel: 1e-9, abs: 1e-11 },
      );
    });

    test("a context that is no object or has an unknown key is an error of every method", () => {
      const theta = draw(1, 31);
      const out = new Float64Array(size).fill(7);
      for (const wrong of [null, 3, { maks: [] }] as unknown as C[]) {
        expect(() => family.map(theta, out, wrong)).toThrow(TypeError);
        expect(() => family.marginals(theta, out, wrong)).toThrow(TypeError);
        expect(() => Array.from(family.states?.(wrong) ?? [])).toThrow(TypeError);
      }
      expect(out.every((x) => x === 7)).toBe(true);
    });

    test("samples are states with the law's frequencies", () => {
      const theta = draw(1, 23);
      const truth = enumerate(family, theta, context);
      const index = new Map(truth.states.map((z, s) => [z.join(), s]));
      const counts = new Float64Array(truth.states.length);
      const draws = 4000;
      const z = new Float64Array(size);
      const key = rng(24);
      for (let i = 0; i < draws; i++) {
        family.sample(theta, key.split(i), z, context);
        const s = index.get(z.join());
        expect(s, `sample ${z.join()} is a state`).toBeDefined();
        counts[s!]!++;
      }
      const { statistic, degrees } = chiSquare(counts, truth.probabilities);
      expect(statistic).toBeLessThan(chiSquareLimit(degrees));
    });

    test("samples depend on the key and on the row alone", () => {
      const theta = draw(0.5, 25);
      const twice = new Float64Array(2 * size);
      twice.set(theta);
      twice.set(theta, size);
      const both = new Float64Array(2 * size);
      family.sample(twice, rng(26), both, tiled(context, 2));
      const second = rows((out) => family.sample(theta, rng(26).fromRow(1), out, context));
      expect(Array.from(both.slice(size))).toEqual(Array.from(second));
      const again = [0, 1].map(() => rows((out) => family.sample(theta, rng(27), out, context)));
      expect(again[0]).toEqual(again[1]);
    });

    test("a batch is its rows one by one", () => {
      const theta = randomTheta(family, rng(28), 2, options, 3);
      const three = tiled(context, 3);
      const v = randomTheta(family, rng(29), 1, {}, 3);
      const mu = theta.slice();
      const jvp = theta.slice();
      const logZ = new Float64Array(3);
      family.marginals(theta, mu, three);
      family.marginalsJvp(theta, v, jvp, three);
      family.logPartition(theta, logZ, three);
      for (let row = 0; row < 3; row++) {
        const [t, d] = [theta, v].map((a) => a.slice(row * size, (row + 1) * size)) as [
          Float64Array,
          Float64Array,
        ];
        expect(mu.slice(row * size, (row + 1) * size)).toEqual(
          rows((out) => family.marginals(t, out, context)),
        );
        expect(jvp.slice(row * size, (row + 1) * size)).toEqual(
          rows((out) => family.marginalsJvp(t, d, out, context)),
        );
        expect(logZ[row]).toBe(one((out) => family.logPartition(t, out, context)));
      }
    });

    test("float32 agrees with float64 to 1e-5", () => {
      const single = Float32Array.from(draw(1, 30));
      const double = Float64Array.from(single);
      const mu = new Float32Array(size);
      family.marginals(single, mu, context);
      expectClose(
        mu,
        rows((out) => family.marginals(double, out, context)),
        { rel: 1e-5, abs: 1e-7 },
      );
    });
  });
}
