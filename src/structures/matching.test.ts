import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { familyConformance, structureConformance } from "../../test/conformance.ts";
import { expectClose, golden } from "../../test/golden.ts";
import { linearAssignment } from "../algorithms/assignments/linear-assignment.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { type MatchingContext, matching } from "./matching.ts";

interface Inputs {
  readonly n: number;
  readonly t: number;
  readonly U: number[];
  readonly v: number[];
}
interface Outputs {
  readonly logPartition: number;
  readonly marginals: number[];
  readonly entropy: number;
  readonly mapScore: number;
  readonly jvp: number[];
  readonly permutation: number[];
}

for (const { case: name, inputs, outputs, tol } of golden<Inputs, Outputs>("matching")) {
  test(`golden matching ${name}`, () => {
    const { n, t } = inputs;
    const structure = matching(n);
    const theta = Float64Array.from(inputs.U, (u) => u / t);
    const out = new Float64Array(n * n);
    const number = new Float64Array(1);
    structure.map(theta, out);
    expectClose(dot(out, inputs.U), outputs.mapScore, tol, "score");
    outputs.permutation.forEach((j, i) => {
      expect(out[i * n + j]).toBe(1);
    });
    structure.logPartition(theta, number);
    expectClose(number, [outputs.logPartition], tol, "logPartition");
    structure.entropy(theta, number);
    expectClose(number, [outputs.entropy], tol, "entropy");
    structure.marginals(theta, out);
    expectClose(out, outputs.marginals, tol, "marginals");
    structure.marginalsJvp(
      theta,
      Float64Array.from(inputs.v, (v) => v / t),
      out,
    );
    expectClose(out, outputs.jvp, tol, "jvp");
  });
}

for (const { case: name, inputs, outputs, tol } of golden<
  { rows: number; cols: number; cost: number[] },
  { rowInd: number[]; colInd: number[]; cost: number }
>("assignment")) {
  test(`golden assignment ${name}`, () => {
    const { rows, cols, cost } = inputs;
    const z = new Float64Array(rows * cols);
    matching(rows, cols).map(
      Float64Array.from(cost, (c) => -c),
      z,
    );
    expectClose(dot(z, cost), outputs.cost, tol);
    outputs.rowInd.forEach((i, k) => {
      expect(z[i * cols + outputs.colInd[k]!]).toBe(1);
    });
  });
}

familyConformance("matching of one pair", () => matching(1));
familyConformance("matching 4 × 4", () => matching(4));
familyConformance("matching 2 × 5", () => matching(2, 5));
familyConformance("matching 4 × 3", () => matching(4, 3));
familyConformance<MatchingContext>("matching, ragged and masked", () => matching(4, 5), {
  context: { rowCounts: [4], colCounts: [3], mask: Array.from({ length: 20 }, (_, i) => (i === 6 ? 0 : 1)) },
});
familyConformance<MatchingContext>("matching, ragged the other way", () => matching(4, 3), {
  context: { rowCounts: [2] },
});
structureConformance("matching without a row", () => matching(1, 1), { context: { rowCounts: [0] } });

describe("matching against enumeration", () => {
  test("thousands of random instances with ties and forbidden pairs", () => {
    const r = rng(1);
    let infeasible = 0;
    for (let repeat = 0; repeat < 5000; repeat++) {
      const rows = 1 + Math.floor(5 * r.uniform());
      const cols = 1 + Math.floor(5 * r.uniform());
      const structure = matching(rows, cols);
      const forbidden = 0.5 * r.uniform();
      const levels = 1 + Math.floor(20 * r.uniform());
      const theta = Float64Array.from({ length: rows * cols }, () =>
        r.uniform() < forbidden ? -Infinity : Math.floor(levels * r.uniform()) - 3,
      );
      const truth = enumerate(structure, theta);
      const z = new Float64Array(rows * cols).fill(7);
      if (truth.mapScore === -Infinity) {
        infeasible++;
        for (const method of ["map", "marginals"] as const) {
          expect(() => structure[method](theta, z)).toThrow("matching: row 0 has no perfect matching");
        }
        expect(z.every((x) => x === 7)).toBe(true);
      } else {
        structure.map(theta, z);
        expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
        expect(dot(z, theta)).toBe(truth.mapScore);
        if (repeat % 5 > 0) continue;
        structure.marginals(theta, z);
        expectClose(z, truth.marginals, { rel: 1e-11, abs: 1e-13 }, "marginals");
        const v = Float64Array.from(z, () => r.normal());
        structure.marginalsJvp(theta, v, z);
        expectClose(z, truth.jvp(v), { rel: 1e-9, abs: 1e-12 }, "jvp");
      }
    }
    expect(infeasible).toBeGreaterThan(200);
  });
});

/** Whether the prices prove that the matching is optimal: no pair's loss is below that of the agent's own object. */
function certified(
  value: Float64Array,
  agents: number,
  objects: number,
  solver: ReturnType<typeof linearAssignment>,
) {
  const { objectOf, price } = solver;
  const matched = new Set(objectOf);
  expect(matched.size).toBe(agents);
  let least = Infinity;
  for (let i = 0; i < agents; i++) {
    const own = price[objectOf[i]!]! - value[i * objects + objectOf[i]!]!;
    for (let j = 0; j < objects; j++) least = Math.min(least, price[j]! - value[i * objects + j]! - own);
  }
  expect(least).toBeGreaterThan(-1e-9);
  if (agents < objects) {
    expect(price.every((p, j) => (matched.has(j) ? p >= 0 : p === 0))).toBe(true);
  }
}

describe("linearAssignment", () => {
  test("large instances are proved optimal by their prices", () => {
    const r = rng(2);
    for (const [agents, objects] of [
      [1, 150],
      [60, 60],
      [99, 99],
      [100, 100],
      [130, 130],
      [70, 180],
      [179, 180],
    ] as const) {
      const value = new Float64Array(agents * objects);
      const solver = linearAssignment(value, agents, objects);
      for (const draw of [
        () => r.uniform(),
        () => Math.floor(8 * r.uniform()),
        () => 10000 * r.normal(),
        () => Math.exp(5 * r.normal()),
        () => (r.uniform() < 0.3 ? -Infinity : Math.floor(100 * r.uniform())),
      ]) {
        for (let i = 0; i < value.length; i++) value[i] = draw();
        // Products, as in i · j, defeat column reduction: every column wants the same row.
        if (r.uniform() < 0.2) for (let i = 0; i < value.length; i++) value[i]! *= i % objects;
        for (let i = 0; i < value.length; i++) if (Number.isNaN(value[i])) value[i] = -Infinity;
        if (solver.solve(agents, objects)) certified(value, agents, objects, solver);
      }
    }
  });

  test("the multiplication table, the worst case for greedy starts, is matched along the diagonal", () => {
    for (const n of [30, 150]) {
      const value = Float64Array.from({ length: n * n }, (_, k) => Math.floor(k / n) * (k % n));
      const solver = linearAssignment(value, n, n);
      expect(solver.solve(n, n)).toBe(true);
      expect(Array.from(solver.objectOf)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });

  test("an impossible instance is found", () => {
    for (const n of [5, 120]) {
      // Two agents who can only take object 0.
      const value = new Float64Array(n * n).map((_, k) => (k < 2 * n && k % n > 0 ? -Infinity : k % 7));
      expect(linearAssignment(value, n, n).solve(n, n)).toBe(false);
    }
  });
});

describe("matching", () => {
  test("empty sides give empty matchings", () => {
    for (const [rows, cols] of [
      [0, 0],
      [0, 3],
    ] as const) {
      const structure = matching(rows, cols);
      expect(structure.cardinality).toBe(0);
      structure.map(new Float64Array(0), new Float64Array(0));
      expect([...structure.states!()].map((z) => z.length)).toEqual([0]);
    }
  });

  test("ragged batches give each row's own matching and zeros elsewhere", () => {
    const structure = matching(3, 4);
    const r = rng(3);
    const theta = Float64Array.from({ length: 36 }, () => r.normal());
    const context = { rowCounts: [3, 1, 3], colCounts: [4, 2, 2] };
    for (const method of ["map", "marginals"] as const) {
      const out = new Float64Array(36).fill(7);
      structure[method](theta, out, context);
      context.rowCounts.forEach((m, row) => {
        const n = context.colCounts[row]!;
        const own = theta.slice(row * 12, row * 12 + 12);
        const inside = (_: number, k: number): boolean => Math.floor(k / 4) < m && k % 4 < n;
        const want = new Float64Array(m * n);
        matching(m, n)[method](own.filter(inside), want);
        const got = out.slice(row * 12, row * 12 + 12);
        expectClose(got.filter(inside), want, { rel: 1e-12, abs: 1e-15 });
        expect(got.filter((x, k) => !inside(x, k)).every((x) => x === 0)).toBe(true);
      });
    }
  });

  test("uniform marginals and log n! for equal parameters, up to the largest square", () => {
    const structure = matching(16);
    const theta = new Float64Array(256).fill(-1234.5);
    const mu = new Float64Array(256);
    structure.marginals(theta, mu);
    expectClose(mu, new Float64Array(256).fill(1 / 16), { rel: 1e-12, abs: 0 });
    const logZ = new Float64Array(1);
    structure.logPartition(theta, logZ);
    let logFactorial = 0;
    for (let k = 2; k <= 16; k++) logFactorial += Math.log(k);
    expectClose(logZ, [logFactorial - 16 * 1234.5], { rel: 1e-13, abs: 0 });
  });

  test("exact inference beyond the limit is refused, MAP is not", () => {
    const structure = matching(19);
    const theta = new Float64Array(361);
    structure.map(theta, theta.slice());
    expect(() => structure.marginals(theta, theta.slice())).toThrow(
      "matching: exact inference expected at most 262144 subset states, got 524288 for 19 × 19",
    );
  });

  test("a tiny entropy does not drown in large parameters", () => {
    const entropy = new Float64Array(1);
    matching(2).entropy(Float64Array.of(10000, 0, 46, 10000 + 92 - 46), entropy);
    // The other matching is worse by 10000 + 10046 − 46 = 20000: its entropy underflows to 0.
    expect(entropy[0]).toBe(0);
    matching(2).entropy(Float64Array.of(10000, 9977, 9977, 10000), entropy);
    const q = Math.exp(-46);
    expectClose(entropy, [q * 46 + q], { rel: 0.05, abs: 0 });
  });

  test("wrong sizes and contexts are refused", () => {
    expect(() => matching(-1)).toThrow(RangeError);
    expect(() => matching(2, 1.5)).toThrow("matching: cols expected an integer ≥ 0, got 1.5");
    const theta = new Float64Array(4);
    const structure = matching(2);
    expect(() => structure.map(theta, theta, { rowCounts: [3] })).toThrow(RangeError);
    expect(() => structure.map(theta, theta, { colCounts: [1, 1] })).toThrow(RangeError);
    expect(() => structure.map(theta, theta, { rows: [1] } as object)).toThrow(TypeError);
  });

  test("constants along rows and columns change neither the law nor the best matching", () => {
    const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
      minLength: 15,
      maxLength: 15,
    });
    fc.assert(
      fc.property(numbers, (values) => {
        const theta = Float64Array.from({ length: 9 }, (_, k) => values[k]!);
        const moved = theta.map((x, k) => x + values[9 + Math.floor(k / 3)]! + values[12 + (k % 3)]!);
        const [a, b] = [theta.slice(), theta.slice()];
        const structure = matching(3);
        structure.marginals(theta, a);
        structure.marginals(moved, b);
        expectClose(b, a, { rel: 1e-9, abs: 1e-12 });
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  test("columns and rows of the marginals of a square matching sum to 1", () => {
    const r = rng(5);
    const n = 7;
    const structure = matching(n);
    for (const scale of [0.1, 1, 30, 10000]) {
      const theta = Float64Array.from({ length: n * n }, () => scale * r.normal());
      const mu = theta.slice();
      structure.marginals(theta, mu);
      for (let i = 0; i < n; i++) {
        let row = 0;
        let col = 0;
        for (let j = 0; j < n; j++) {
          row += mu[i * n + j]!;
          col += mu[j * n + i]!;
        }
        expectClose([row, col], [1, 1], { rel: 1e-12, abs: 0 });
      }
    }
  });
});
