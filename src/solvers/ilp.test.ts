import { afterAll, describe, expect, test } from "vitest";
import { structureConformance } from "../../test/conformance.ts";
import { expectClose } from "../../test/golden.ts";
import { minCut } from "../algorithms/graphs/min-cut.ts";
import { dot, enumerate } from "../conformance/enumerate.ts";
import { rng } from "../core/rng.ts";
import { tour } from "../structures/tour.ts";
import { type Ilp, type IlpModel, type IlpSettings, ilp, largeTour, loadHighs } from "./ilp.ts";

const highs = await loadHighs();
const owned: { dispose(): void }[] = [];
afterAll(() => {
  for (const structure of owned) structure.dispose();
});

function make(model: IlpModel, settings?: IlpSettings): Ilp {
  const structure = ilp(highs, model, settings);
  owned.push(structure);
  return structure;
}

const weights: IlpModel = {
  variables: 6,
  constraints: [
    { terms: [3, 5, 2, 7, 4, 1], atMost: 11 },
    {
      terms: [
        [0, 1],
        [3, 1],
      ],
      atLeast: 1,
    },
  ],
};
const integers: IlpModel = {
  variables: [
    { name: "a", kind: "integer", atLeast: -2, atMost: 3 },
    { name: "b", kind: "integer", atMost: 4 },
    { name: "c" },
  ],
  constraints: [{ terms: { a: 2, b: -3, c: 1.5 }, atLeast: -4.5, atMost: 3.25 }],
};
const pairs: IlpModel = {
  variables: 4,
  constraints: [
    { terms: [1, 1, 0, 0], equals: 1 },
    { terms: [0, 0, 1, 1], equals: 1 },
    { terms: [1, 0, 1, 0], equals: 1 },
  ],
};

structureConformance("ilp of binary variables", () => make(weights));
structureConformance("ilp of integers", () => make(integers));
structureConformance("ilp of a totally unimodular system", () => make(pairs));
structureConformance("ilp with a context", () => make(weights), {
  context: {
    atMost: [9, Infinity],
    coefficients: [4, 5, 1, 2, 2, 6, 1, 2],
    atLeast: [-Infinity, 2],
    mask: [1, 1, 1, 1, 0, 1],
  },
});
structureConformance("largeTour", () => {
  const structure = largeTour(highs, 6);
  owned.push(structure);
  return { ...structure, states: tour(6).states! };
});

describe("ilp against enumeration", () => {
  test("hundreds of random programs, feasible and infeasible, one after another", () => {
    const r = rng(1);
    let infeasible = 0;
    for (let repeat = 0; repeat < 60; repeat++) {
      const size = 1 + Math.floor(6 * r.uniform());
      const structure = ilp(highs, {
        variables: size,
        constraints: Array.from({ length: Math.floor(4 * r.uniform()) }, () => ({
          terms: Array.from({ length: size }, () => Math.round(5 * r.normal())),
          atMost: Math.round(4 * r.normal()),
        })),
      });
      for (let row = 0; row < 4; row++) {
        const theta = Float64Array.from({ length: size }, () =>
          r.uniform() < 0.1 ? -Infinity : Math.round(100 * r.normal()),
        );
        const truth = enumerate(structure, theta);
        const z = new Float64Array(size).fill(7);
        if (truth.mapScore === -Infinity) {
          infeasible++;
          expect(() => structure.map(theta, z)).toThrow("ilp: row 0 is infeasible");
          expect(z.every((x) => x === 7)).toBe(true);
        } else {
          structure.map(theta, z);
          expect(truth.logProbability(z)).toBeGreaterThan(-Infinity);
          expect(dot(z, theta)).toBe(truth.mapScore);
        }
      }
      structure.dispose();
    }
    expect(infeasible).toBeGreaterThan(20);
  });

  test("constraint data differ from row to row and leave no trace", () => {
    const r = rng(2);
    const structure = make(weights);
    const rows = 5;
    const draw = (count: number, f: () => number) => Float64Array.from({ length: count }, f);
    const context = {
      atMost: draw(2 * rows, () => 6 + Math.floor(8 * r.uniform())),
      atLeast: draw(2 * rows, () => Math.floor(2 * r.uniform())),
      coefficients: draw(8 * rows, () => 1 + Math.floor(6 * r.uniform())),
      mask: draw(6 * rows, () => (r.uniform() < 0.2 ? 0 : 1)),
    };
    const theta = draw(6 * rows, () => Math.round(100 * r.normal()));
    const before = theta.slice();
    const z = theta.slice();
    structure.map(theta, before);
    structure.map(theta, z, context);
    for (let row = 0; row < rows; row++) {
      const part = (values: Float64Array) =>
        values.slice((row * values.length) / rows, ((row + 1) * values.length) / rows);
      const own = {
        atMost: part(context.atMost),
        atLeast: part(context.atLeast),
        coefficients: part(context.coefficients),
        mask: part(context.mask),
      };
      const truth = enumerate(structure, part(theta), own);
      expect(truth.logProbability(part(z))).toBeGreaterThan(-Infinity);
      expect(dot(part(z), part(theta))).toBe(truth.mapScore);
    }
    structure.map(theta, z);
    expect(z).toEqual(before);
  });
});

describe("ilp", () => {
  test("continuous variables take their best values, at any scale of theta", () => {
    const structure = make({
      variables: [{ kind: "continuous" }, { kind: "continuous", atMost: 2.5 }],
      constraints: [{ terms: [1, 2], atMost: 6 }],
    });
    const z = new Float64Array(2);
    for (const scale of [1e-8, 1, 1e8]) {
      structure.map(Float64Array.of(scale, 3 * scale), z);
      expectClose(z, [1, 2.5], { rel: 1e-9, abs: 0 });
    }
  });

  test("unbounded, infeasible and timed-out rows are errors that name the row", () => {
    const ray = make({
      variables: [{ kind: "continuous" }, {}],
      constraints: [{ terms: [1, -1], atLeast: 0 }],
    });
    const out = new Float64Array(4).fill(7);
    expect(() => ray.map(Float64Array.of(-1, 1, 1, 1), out)).toThrow(
      new RangeError("ilp: row 1 is unbounded"),
    );
    const narrow = make({ variables: 2, constraints: [{ terms: [2, 2], equals: 3 }] });
    expect(() => narrow.map(out.slice(), out)).toThrow(new RangeError("ilp: row 0 is infeasible"));
    const hard = make(hardModel(60), { timeLimit: 0.02 });
    const theta = hardTheta(60);
    const z = theta.slice();
    expect(() => hard.map(theta, z)).toThrow(new Error("ilp: row 0 ran out of time"));
    expect(out.every((x) => x === 7)).toBe(true);
    expect(z).toEqual(theta);
  });

  test("a gap, or the best state when time is out, is reported", () => {
    // The second is out of reach of its second on any machine, and how near it comes is the machine's.
    for (const [size, settings, most] of [
      [60, { gap: 0.05 }, 0.06],
      [200, { timeLimit: 1, outOfTime: "best" }, 1],
    ] as const) {
      const theta = hardTheta(size);
      const structure = make(hardModel(size), settings);
      const z = theta.slice();
      structure.map(theta, z);
      expect(z.every((x) => x === 0 || x === 1)).toBe(true);
      const report = structure.report!();
      expect(report.largestGap).toBeGreaterThan(0);
      expect(report.largestGap).toBeLessThan(most);
      expect(report.nodes).toBeGreaterThanOrEqual(0);
    }
  });

  test("a totally unimodular system needs no branch and bound", () => {
    const structure = make(pairs);
    const theta = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i * i));
    structure.map(theta, theta.slice());
    expect(structure.report!()).toEqual({ solved: 10, relaxed: 10, nodes: 0, largestGap: 0 });
  });

  test("-Infinity fixes at 0, and is infeasible where 0 is out of bounds", () => {
    const structure = make({ variables: [{ atLeast: 1 }, {}], constraints: [] });
    const z = new Float64Array(2);
    structure.map(Float64Array.of(-5, -Infinity), z);
    expect(Array.from(z)).toEqual([1, 0]);
    expect(() => structure.map(Float64Array.of(-Infinity, 1), z)).toThrow("ilp: row 0 is infeasible");
    structure.map(Float64Array.of(1, 1), z);
    expect(Array.from(z)).toEqual([1, 1]);
  });

  test("disposed structures are refused, and their memory is used again", () => {
    const size = 5000;
    const large: IlpModel = { variables: size, constraints: [{ terms: new Array(size).fill(1), atMost: 1 }] };
    const z = new Float64Array(size);
    const round = (): void => {
      const structure = ilp(highs, large);
      structure.map(z, z);
      structure.dispose();
      structure.dispose();
      expect(() => structure.map(z, z)).toThrow("ilp: it has been disposed");
    };
    round();
    const before = highs.memoryBytes;
    for (let k = 0; k < 12; k++) round();
    expect(highs.memoryBytes).toBe(before);
  });

  test("models that contradict themselves are refused", () => {
    const refuse = (model: unknown, message: string) =>
      expect(() => ilp(highs, model as IlpModel)).toThrow(message);
    refuse(
      { variables: 2, constraints: [{ terms: [1], atMost: 1 }] },
      "constraint 0: terms expected 2 coefficients, got 1",
    );
    refuse({ variables: 2, constraints: [{ terms: { a: 1 }, atMost: 1 }] }, 'there is no variable "a"');
    refuse(
      { variables: 2, constraints: [{ terms: [[2, 1]], atMost: 1 }] },
      "variable expected an integer in [0, 1], got 2",
    );
    refuse(
      {
        variables: 2,
        constraints: [
          {
            terms: [
              [1, 1],
              [1, 2],
            ],
            atMost: 1,
          },
        ],
      },
      "variable 1 appears twice",
    );
    refuse(
      { variables: 2, constraints: [{ terms: [1, Number.NaN], atMost: 1 }] },
      "coefficient of 1 expected a finite number",
    );
    refuse(
      { variables: 2, constraints: [{ terms: [1, 1] }] },
      "expected either equals, or atLeast or atMost",
    );
    refuse(
      { variables: 2, constraints: [{ terms: [1, 1], equals: 1, atMost: 1 }] },
      "expected either equals",
    );
    refuse(
      { variables: 2, constraints: [{ terms: [1, 1], atLeast: 2, atMost: 1 }] },
      "atLeast ≤ atMost, got 2 and 1",
    );
    refuse({ variables: [{ atMost: 2 }], constraints: [] }, "binary variable expected in [0, 1]");
    refuse({ variables: [{ name: "a" }, { name: "a" }], constraints: [] }, "there are two of this name");
    refuse({ variables: [{ kind: "boolean" }], constraints: [] }, "kind expected one of");
    refuse({ variables: [{ upper: 3 }], constraints: [] }, 'unknown option "upper"');
    refuse({ variables: 1, rows: [] }, 'unknown option "rows"');
    refuse({ variables: 1 }, "constraints expected a list, got undefined");
    expect(() => ilp(highs, weights, { gap: -1 })).toThrow(RangeError);
    expect(() => ilp(highs, weights, { time: 1 } as object)).toThrow(TypeError);
    const structure = make(weights);
    const theta = new Float64Array(6);
    expect(() => structure.map(theta, theta, { atMost: [1] })).toThrow(
      "context.atMost expected 2 entries, got 1",
    );
    expect(() => structure.map(theta, theta, { atMost: [1, Number.NaN] })).toThrow(RangeError);
  });

  test("states of continuous or too many variables are refused", () => {
    expect(() => [...make({ variables: [{ kind: "continuous" }], constraints: [] }).states!()]).toThrow(
      RangeError,
    );
    expect(() => [...make({ variables: 21, constraints: [] }).states!()]).toThrow("at most 1048576 points");
  });
});

describe("largeTour", () => {
  test("agrees with dynamic programming, also where edges are forbidden", () => {
    const r = rng(3);
    for (const n of [3, 7, 10, 11]) {
      const structure = largeTour(highs, n);
      const small = tour(n);
      for (let repeat = 0; repeat < 5; repeat++) {
        const theta = Float64Array.from({ length: (n * (n - 1)) / 2 }, () =>
          repeat > 2 && r.uniform() < 0.3 ? -Infinity : -Math.round(100 * r.uniform()),
        );
        const [a, b] = [theta.slice(), theta.slice()];
        const attempt = (f: () => void): string => {
          try {
            f();
            return "solved";
          } catch {
            return "infeasible";
          }
        };
        const outcome = attempt(() => small.map(theta, a));
        expect(attempt(() => structure.map(theta, b))).toBe(outcome);
        if (outcome === "solved") expect(dot(b, theta)).toBe(dot(a, theta));
      }
      structure.dispose();
    }
  });

  test("40 places on a circle are visited in their order", () => {
    const n = 40;
    const place = (i: number): number => (7 * i) % n;
    const theta: number[] = [];
    const neighbours: number[] = [];
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        const gap = Math.abs(place(i) - place(j));
        theta.push(-Math.sin((Math.PI * gap) / n));
        neighbours.push(gap === 1 || gap === n - 1 ? 1 : 0);
      }
    }
    const structure = largeTour(highs, n);
    const z = new Float64Array(theta.length);
    structure.map(Float64Array.from(theta), z);
    expect(Array.from(z)).toEqual(neighbours);
    structure.dispose();
    expect(() => structure.map(z, z)).toThrow("disposed");
    expect(() => largeTour(highs, 2)).toThrow(RangeError);
  });
});

test("minCut finds the least cut of random graphs", () => {
  const r = rng(4);
  for (let repeat = 0; repeat < 200; repeat++) {
    const n = 2 + Math.floor(6 * r.uniform());
    const cut = minCut(n);
    const weight = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) {
        weight[i * n + j] = r.uniform() < 0.5 ? Math.floor(5 * r.uniform()) : 0;
        weight[j * n + i] = weight[i * n + j]!;
      }
    }
    const across = (inside: (v: number) => boolean): number => {
      let sum = 0;
      for (let i = 0; i < n; i++)
        for (let j = 0; j < i; j++) if (inside(i) !== inside(j)) sum += weight[i * n + j]!;
      return sum;
    };
    let least = Infinity;
    for (let set = 1; set < 2 ** (n - 1); set++)
      least = Math.min(
        least,
        across((v) => ((set >> v) & 1) === 1),
      );
    cut.weight.set(weight);
    expect(cut.solve()).toBe(least);
    expect(across((v) => cut.side[v] === 1)).toBe(least);
    expect(cut.side.includes(1) && cut.side.includes(0)).toBe(true);
  }
});

/** A market-split-like knapsack system: no whole relaxation, many nodes. */
function hardModel(size: number): IlpModel {
  const r = rng(5);
  return {
    variables: size,
    constraints: Array.from({ length: 6 }, () => {
      const terms = Array.from({ length: size }, () => 1 + Math.floor(99 * r.uniform()));
      return { terms, atMost: Math.floor(terms.reduce((a, b) => a + b) / 2) };
    }),
  };
}

function hardTheta(size: number): Float64Array {
  const r = rng(6);
  return Float64Array.from({ length: size }, () => 1 + Math.floor(99 * r.uniform()));
}
