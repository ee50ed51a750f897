import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { completeGraph } from "./graph.ts";
import { type TourContext, tour } from "./tour.ts";

interface Inputs {
  readonly n: number;
  readonly edges: [number, number][];
  readonly costs: number[];
}
interface Outputs {
  readonly edgeIndicator: number[];
  readonly cost: number;
  readonly marginalsT20?: number[];
  readonly logPartitionT20?: number;
}

for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("tsp")) {
  test(`golden ${name}`, () => {
    const structure = tour(inputs.n);
    expect(inputs.edges).toEqual(completeGraph(inputs.n).edges);
    const z = new Float64Array(inputs.costs.length);
    const negative = (t: number) => Float64Array.from(inputs.costs, (c) => -c / t);
    structure.map(negative(1), z);
    expect(Array.from(z)).toEqual(outputs.edgeIndicator);
    expectClose(dot(z, inputs.costs), outputs.cost, tol);
    if (outputs.marginalsT20) {
      structure.marginals(negative(20), z);
      expectClose(z, outputs.marginalsT20, tol, "marginals");
    }
    if (outputs.logPartitionT20 !== undefined) {
      const logZ = new Float64Array(1);
      structure.logPartition(negative(20), logZ);
      expectClose(logZ, [outputs.logPartitionT20], tol, "logPartition");
    }
  });
}

familyConformance("tour of 3", () => tour(3));
familyConformance("tour of 5", () => tour(5));
familyConformance("tour of 6", () => tour(6));
familyConformance<TourContext>("tour of 4 among 6, masked", () => tour(6), {
  context: { vertices: [4], mask: Array.from({ length: 15 }, (_, e) => (e === 1 ? 0 : 1)) },
});

describe("tour", () => {
  test("a thousand random instances with ties and forbidden edges agree with enumeration", () => {
    const r = rng(1);
    let infeasible = 0;
    for (let repeat = 0; repeat < 1000; repeat++) {
      const n = 3 + Math.floor(5 * r.uniform());
      const structure = tour(n);
      const forbidden = 0.5 * r.uniform();
      const theta = Float64Array.from({ length: (n * (n - 1)) / 2 }, () =>
        r.uniform() < forbidden ? -Infinity : Math.floor(10 * r.uniform()) - 3,
      );
      const truth = enumerate(structure, theta);
      const z = new Float64Array(theta.length).fill(7);
      if (truth.mapScore === -Infinity) {
        infeasible++;
        for (const method of ["map", "marginals"] as const) {
          expect(() => structure[method](theta, z)).toThrow("tour: row 0 has no tour");
        }
        expect(z.every((x) => x === 7)).toBe(true);
        continue;
      }
      structure.map(theta, z);
      expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
      expect(dot(z, theta)).toBe(truth.mapScore);
      structure.marginals(theta, z);
      expectClose(z, truth.marginals, { rel: 1e-11, abs: 1e-13 }, "marginals");
      const v = Float64Array.from(z, () => r.normal());
      structure.marginalsJvp(theta, v, z);
      expectClose(z, truth.jvp(v), { rel: 1e-9, abs: 1e-12 }, "jvp");
    }
    expect(infeasible).toBeGreaterThan(100);
  });

  test("the number of tours is (n − 1)! / 2", () => {
    for (const n of [3, 4, 8]) {
      let count = 1;
      for (let k = 3; k < n; k++) count *= k;
      expect([...tour(n).states!()]).toHaveLength(count);
    }
    const n = 13;
    const logZ = new Float64Array(1);
    tour(n).logPartition(new Float64Array((n * (n - 1)) / 2), logZ);
    expectClose(logZ, [Math.log(479001600 / 2)], { rel: 1e-13, abs: 0 });
  });

  test("points on a circle are visited in their order", () => {
    const n = 14;
    const place = Array.from({ length: n }, (_, i) => (5 * i) % n);
    const theta = Float64Array.from(
      completeGraph(n).edges,
      ([i, j]) => -Math.sin((Math.PI * Math.abs(place[i]! - place[j]!)) / n),
    );
    const z = theta.slice();
    tour(n).map(theta, z);
    completeGraph(n).edges.forEach(([i, j], e) => {
      const gap = Math.abs(place[i]! - place[j]!);
      expect(z[e]).toBe(gap === 1 || gap === n - 1 ? 1 : 0);
    });
  });

  test("ragged batches give each row's own tour and zeros elsewhere", () => {
    const r = rng(2);
    const theta = Float64Array.from({ length: 30 }, () => r.normal());
    const out = new Float64Array(30);
    tour(6).map(theta, out, { vertices: [4, 6] });
    const small = Float64Array.of(...[0, 1, 2, 5, 6, 9].map((e) => theta[e]!));
    const z = new Float64Array(6);
    tour(4).map(small, z);
    expect([0, 1, 2, 5, 6, 9].map((e) => out[e]!)).toEqual(Array.from(z));
    expect(out.slice(0, 15).reduce((a, b) => a + b)).toBe(4);
    expect(out.slice(15).reduce((a, b) => a + b)).toBe(6);
  });

  test("two cycles with the right number of edges are no state", () => {
    const z = Float64Array.from(completeGraph(6).edges, ([i, j]) => (i < 3 === j < 3 ? 1 : 0));
    const out = new Float64Array(1);
    tour(6).logProbability(new Float64Array(15), z, out);
    expect(out[0]).toBe(-Infinity);
  });

  test("degrees of the marginals are 2, at any scale", () => {
    const r = rng(3);
    const n = 7;
    for (const scale of [0.1, 1, 100, 10000]) {
      const theta = Float64Array.from({ length: 21 }, () => scale * r.normal());
      const mu = theta.slice();
      tour(n).marginals(theta, mu);
      const degree = new Float64Array(n);
      completeGraph(n).edges.forEach(([i, j], e) => {
        degree[i]! += mu[e]!;
        degree[j]! += mu[e]!;
      });
      expectClose(degree, new Float64Array(n).fill(2), { rel: 1e-10, abs: 0 });
    }
  });

  test("a constant on all edges of a vertex counts twice in the best score", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 10, maxLength: 10 }),
        fc.double({ min: -50, max: 50, noNaN: true }),
        (values, shift) => {
          const structure = tour(5);
          const theta = Float64Array.from(values);
          const moved = theta.map((x, e) => (e < 4 ? x + shift : x));
          const [a, b] = [theta.slice(), theta.slice()];
          structure.map(theta, a);
          structure.map(moved, b);
          expectClose(dot(b, moved), dot(a, theta) + 2 * shift, { rel: 1e-12, abs: 1e-10 });
        },
      ),
      { seed: 4, numRuns: 200 },
    );
  });

  test("sizes and contexts out of range are refused", () => {
    expect(() => tour(2)).toThrow("tour: n expected an integer in [3, 16], got 2");
    expect(() => tour(17)).toThrow(
      new RangeError(
        "tour: n expected an integer in [3, 16], got 17; larger tours: largeTour of hardgrad/ilp",
      ),
    );
    const theta = new Float64Array(6);
    expect(() => tour(4).map(theta, theta, { vertices: [2] })).toThrow(RangeError);
    expect(() => tour(4).map(theta, theta, { n: [4] } as object)).toThrow(TypeError);
  });
});
