/** What a caller reads who passes the wrong thing: whose complaint, about what, what was expected, and the way out. */
import { describe, expect, test } from "vitest";
import * as hardgrad from "../src/index.ts";

const { categorical, gridPath, imle, kSubset, rng, sortingPermutation } = hardgrad;

const byName: Readonly<Record<string, unknown>> = { ...hardgrad };

/** As JavaScript calls it. */
type Untyped = (...args: readonly unknown[]) => unknown;
const call = (f: unknown, ...args: readonly unknown[]): string => {
  try {
    (f as Untyped)(...args);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return error.message;
    throw error;
  }
  return "nothing was thrown";
};

const solverBased = [
  "imle",
  "blackBox",
  "identity",
  "straightThrough",
  "perturbedOptimizer",
  "sparseMap",
] as const;
const exact = ["simple", "scoreFunction", "gumbelSoftmax", "exponentialFamily"] as const;

describe("what is no structure", () => {
  test.each([...solverBased, ...exact])("%s names itself and what came", (name) => {
    const f = byName[name];
    for (const [wrong, got] of [
      [undefined, "undefined"],
      [null, "null"],
      [3, "Number"],
      [[], "Array"],
      [new Float64Array(2), "Float64Array"],
      [{}, "Object"],
      [new Map(), "Map"],
      [kSubset, "the function kSubset, not its result"],
      [hardgrad.gumbel(), "gumbel"],
    ] as const) {
      const message = call(f, wrong);
      expect(message).toMatch(new RegExp(`^${name}: (structure|family) expected a structure`));
      expect(message).toContain(got);
    }
  });

  test.each(solverBased)("%s tells a layer, a relaxation and costs from a structure", (name) => {
    const f = byName[name];
    const structure = kSubset(3, 1);
    expect(call(f, imle(structure))).toMatch(/got the layer imle$/);
    expect(call(f, hardgrad.euclidean(structure))).toMatch(
      /got the relaxation euclidean: for stochasticSoftmax$/,
    );
    expect(call(f, hardgrad.minimizing(structure))).toMatch(/costs go around the layer: minimizing\(imle/);
    expect(call(f, sortingPermutation(3))).toMatch(/got sortingPermutation; it is relaxed by neuralSort$/);
    expect(call(f, { ...structure, shape: 3 })).toMatch(
      /shape of structure expected an array of integers ≥ 0, got Number$/,
    );
  });

  test.each(exact)("%s says that a structure has no exact inference, and what works", (name) => {
    expect(call(byName[name], gridPath(3, 3))).toBe(
      `${name}: family expected a structure with exact inference, and gridPath has none (no marginals); from MAP alone work imle, blackBox, identity, straightThrough, perturbedOptimizer, sparseMap, and scoreFunction with its option noise`,
    );
  });

  test.each([
    ["euclidean", "a kSubset or a categorical"],
    ["binaryEntropy", "a kSubset or a categorical"],
    ["categoricalEntropy", "a kSubset or a categorical"],
    ["relaxedTopK", "a kSubset or a categorical"],
    ["relaxedSubset", "a kSubset or a categorical"],
    ["learnToExplain", "a kSubset"],
    ["sinkhorn", "a matching or a transport"],
  ] as const)("%s expects %s", (name, expected) => {
    const f = byName[name];
    expect(call(f, gridPath(2, 2))).toBe(`${name}: structure expected ${expected}, got gridPath`);
    expect(call(f, kSubset)).toBe(
      `${name}: structure expected ${expected}, got the function kSubset, not its result`,
    );
    for (const wrong of [undefined, null, [], {}, "kSubset", { name: "kSubset" }, { name: "matching" }]) {
      expect(call(f, wrong)).toContain(`${name}: structure expected ${expected}, got `);
    }
  });

  test("constructors of relaxations complain in their own name", () => {
    expect(call(hardgrad.neuralSort, -1)).toBe("neuralSort: n expected an integer ≥ 0, got -1");
    expect(call(hardgrad.softEisner, 1.5)).toBe("softEisner: words expected an integer ≥ 0, got 1.5");
    expect(call(hardgrad.softEisner, 2, { root: null })).toMatch(/^softEisner: root expected one of/);
  });
});

describe("noise", () => {
  test("an array has a fill of its own, but is no noise", () => {
    for (const wrong of [
      Float64Array.of(1, 2),
      [],
      {},
      hardgrad.gumbel,
      "gumbel",
      null,
      { fill: () => {} },
    ]) {
      for (const f of [imle, hardgrad.straightThrough, hardgrad.simple, hardgrad.fenchelYoung]) {
        expect(call(f, kSubset(3, 1), { noise: wrong })).toMatch(
          /: noise expected a Noise, as gumbel\(\) makes/,
        );
      }
    }
  });

  test("a noise that fills too little, or with what is no number, is named", () => {
    const half = { name: "half", mean: 0, variance: 1, fill: (out: Float64Array) => void out.fill(1, 0, 2) };
    const layer = imle(kSubset(4, 1), { noise: half as hardgrad.Noise });
    expect(call(layer.forward, new Float64Array(8), rng(0))).toBe(
      'imle: noise "half" expected to fill 4 finite numbers, got NaN at 2 of row 0',
    );
  });
});

test("an array or a relaxation without its structure is none to compose, to remember or to learn", () => {
  const arrays = [[1, 2], new Float64Array(3)];
  const { product, repeat, solutionPool, structuredSvm, stochasticSoftmax, fenchelYoung } = hardgrad;
  for (const wrong of [...arrays, { map: () => {} }, { map: () => {}, shape: 3 }]) {
    expect(call(repeat, wrong, 2)).toMatch(/^repeat: (shape of )?structure expected/);
    expect(call(product, [kSubset(2, 1), wrong])).toMatch(/^product: (shape of )?part 1 expected/);
    expect(call(solutionPool, wrong, { rng: rng(0) })).toMatch(
      /^solutionPool: (shape of )?structure expected/,
    );
    expect(call(structuredSvm, wrong)).toMatch(/^structuredSvm: (shape of )?structure expected/);
  }
  for (const structure of [undefined, {}, ...arrays]) {
    const wrong = { name: "own", relax: () => {}, objective: () => {}, structure };
    expect(call(repeat, wrong, 2)).toMatch(/^repeat: structure of the relaxation expected/);
    expect(call(product, [wrong])).toMatch(/^product: structure of part 0 expected/);
    expect(call(stochasticSoftmax, wrong)).toMatch(
      /^stochasticSoftmax: structure of the relaxation expected/,
    );
    expect(call(fenchelYoung, wrong)).toMatch(/^fenchelYoung: structure of the relaxation expected/);
  }
});

test("true costs, priors and baselines are not left out by accident", () => {
  const numbers = new Float64Array(2);
  for (const none of [undefined, null, 0, ""]) {
    for (const name of ["pointwiseRanking", "pairwiseRanking", "listwiseRanking"]) {
      expect(call(byName[name], numbers, none, numbers, 2)).toMatch(`${name}: cost expected a Float32Array`);
    }
    if (none === undefined) continue;
    expect(call(hardgrad.utilityKl, hardgrad.gumbel(), numbers, 2, none)).toMatch(
      "utilityKl: prior expected",
    );
    const drawn = hardgrad.scoreFunction(kSubset(2, 1)).forward(numbers, rng(0));
    expect(call(drawn.backward, Float64Array.of(1), none)).toMatch("scoreFunction: baseline expected");
  }
  expect(call(hardgrad.tour, 20n)).toBe("tour: n expected a number, got BigInt");
});

describe("options and contexts", () => {
  class Options {
    samples = 2;
  }
  test("must be plain objects with fields of their own", () => {
    for (const wrong of [
      new Map([["samples", 2]]),
      new DataView(new ArrayBuffer(8)),
      [],
      new Options(),
      Object.create({ samples: 2 }),
      null,
      3,
    ]) {
      expect(call(imle, kSubset(3, 1), wrong)).toMatch(/^imle: options expected (a plain|an) object/);
    }
    expect(call(imle, kSubset(3, 1), Object.assign(Object.create(null), { samples: 2 }))).toBe(
      "nothing was thrown",
    );
    expect(
      call(imle, kSubset(3, 1), Object.create(Object.assign(Object.create(null), { samples: 2 }))),
    ).toMatch(/plain object/);
  });

  test("a polluted prototype sets no option", () => {
    Object.defineProperty(Object.prototype, "samples", { value: 7, configurable: true, enumerable: true });
    const message = call(imle, kSubset(3, 1), {});
    Reflect.deleteProperty(Object.prototype, "samples");
    expect(message).toBe('imle: options expected fields of its own, got "samples" from its prototype');
  });

  const structures = [
    categorical(3),
    kSubset(3, 1),
    gridPath(1, 3),
    hardgrad.independentBits(3),
    hardgrad.correlatedKSubset(2, 1),
    hardgrad.knapsack([1, 1, 1], 2),
    hardgrad.linearChain(1, 3),
    hardgrad.spanningTree(hardgrad.completeGraph(3)),
    hardgrad.arborescence(
      {
        vertices: 2,
        edges: [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
      },
      0,
    ),
    hardgrad.graphPath(
      {
        vertices: 2,
        edges: [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
      },
      0,
      1,
    ),
    hardgrad.matching(1, 3),
    hardgrad.tour(3),
    hardgrad.dependencyTree(0),
  ];
  test.each(structures.map((s) => [s.name, s] as const))(
    "%s refuses contexts that say nothing",
    (name, structure) => {
      const theta = new Float64Array(structure.shape.reduce((a, b) => a * b, 1));
      for (const wrong of [new Map(), new DataView(new ArrayBuffer(8)), [], {}, null, "mask", 0]) {
        const message = call(structure.map, theta, theta.slice(), wrong);
        expect(message).toMatch(new RegExp(`^${name}: context expected`));
      }
    },
  );

  test("null is no default", () => {
    expect(call(hardgrad.dependencyTree, 2, { projective: null })).toBe(
      "dependencyTree: projective expected one of true, false, got null",
    );
    expect(call(hardgrad.dependencyTree, 2, { root: null })).toBe(
      'dependencyTree: root expected one of "single", "multi", got null',
    );
    const graph = { vertices: 2, edges: [[0, 1]] };
    expect(call(hardgrad.graphPath, graph, 0, 1, { negativeCosts: null })).toBe(
      'graphPath: negativeCosts expected one of "allow", "clamp", got null',
    );
    expect(call(gridPath, 2, 2, { negativeCosts: null })).toBe(
      'gridPath: negativeCosts expected one of "clamp", "error", got null',
    );
  });
});

describe("rng", () => {
  test("rows, shapes and buffers are checked", () => {
    const r = rng(0);
    for (const wrong of [-1, 0.5, Number.NaN]) {
      expect(call(() => r.restart(rng(1), wrong))).toMatch(
        /^rng.restart: index expected an integer ≥ 0, got/,
      );
    }
    expect(call(() => r.restart(rng(1), "2" as unknown as number))).toBe(
      "rng.restart: index expected a number, got String",
    );
    expect(call(() => r.restart({} as unknown as hardgrad.Rng, 1))).toBe(
      "rng: expected an Rng, as rng(seed) makes, got Object",
    );
    expect(call(() => r.gamma("2" as unknown as number))).toBe(
      "rng.gamma: shape expected a number, got String",
    );
    expect(call(() => r.gamma(0))).toBe("rng.gamma: shape expected a finite number > 0, got 0");
    expect(call(() => r.fillBits(new Uint32Array(2), 3))).toBe(
      "rng.fillBits: length expected an integer in [0, 2], got 3",
    );
    for (const wrong of [undefined, [], new Float64Array(4), new Int32Array(4)]) {
      expect(call(() => r.fillBits(wrong as unknown as Uint32Array))).toMatch(
        /^rng.fillBits: out expected a Uint32Array, got/,
      );
    }
  });
});

test("edges of any kind are shown", () => {
  for (const [edge, got] of [
    [[0n, 1n], "[0n,1n]"],
    [["0", 1], "[String,1]"],
    [{}, "Object"],
    [3, "Number"],
    [[0], "[0]"],
  ] as const) {
    expect(call(hardgrad.spanningTree, { vertices: 2, edges: [edge] })).toBe(
      `spanningTree: edge 0 expected two vertices in [0, 1], got ${got}`,
    );
  }
  expect(call(hardgrad.spanningTree, { vertices: 2, edges: new Array(1) })).toMatch(
    /edge 0 expected two vertices .* got undefined$/,
  );
});

describe("sizes", () => {
  const edges = [[0, 1]] as const;
  test.each([
    ["kSubset", () => hardgrad.kSubset(1e12, 1)],
    ["categorical", () => categorical(1e12)],
    ["independentBits", () => hardgrad.independentBits(1e12)],
    ["correlatedKSubset", () => hardgrad.correlatedKSubset(1e12, 1)],
    ["linearChain", () => hardgrad.linearChain(1e12, 2)],
    ["linearChain", () => hardgrad.linearChain(2, 1e12)],
    ["gridPath", () => gridPath(1e9, 1e9)],
    ["matching", () => hardgrad.matching(1e9)],
    ["sortingPermutation", () => sortingPermutation(1e9)],
    ["neuralSort", () => hardgrad.neuralSort(1e9)],
    ["dependencyTree", () => hardgrad.dependencyTree(1e9)],
    ["dependencyTree", () => hardgrad.dependencyTree(1e9, { projective: true })],
    ["softEisner", () => hardgrad.softEisner(1e9)],
    ["spanningTree", () => hardgrad.spanningTree({ vertices: 1e9, edges })],
    ["arborescence", () => hardgrad.arborescence({ vertices: 1e9, edges }, 0)],
    ["graphPath", () => hardgrad.graphPath({ vertices: 1e9, edges }, 0, 1)],
    ["solver", () => hardgrad.solver({ shape: [1e6, 1e6], solve: () => {} })],
    ["imle", () => imle(kSubset(4, 1), { samples: 1e12 })],
    ["kSubset", () => kSubset(1e6, 5e5).marginals(new Float64Array(1e6), new Float64Array(1e6))],
    [
      "spanningTree",
      () =>
        hardgrad
          .spanningTree({ vertices: 1e6, edges })
          .logPartition(new Float64Array(1), new Float64Array(1)),
    ],
  ])("%s of more than fits says so at once", (name, make) => {
    // The processor's time: a machine may stall meanwhile.
    const start = process.cpuUsage();
    expect(call(make)).toMatch(new RegExp(`^${name}: .* needs .* GiB of memory, expected at most 2$`));
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(1000);
  });

  test("complete graphs stay below 2^23 edges", () => {
    expect(call(hardgrad.completeGraph, 1e5)).toBe(
      "completeGraph: n expected an integer in [0, 4096], got 100000",
    );
    expect(call(hardgrad.completeDigraph, 1e5)).toBe(
      "completeDigraph: n expected an integer in [0, 2896], got 100000",
    );
  });

  test("states lie as deep as they are long", () => {
    const n = 20_000;
    // These take time quadratic in their length; one call a level ran out of stack at 5,000.
    const less = 8000;
    const line = Array.from({ length: n - 1 }, (_, v) => [v, v + 1] as const);
    for (const structure of [
      hardgrad.graphPath({ vertices: n, edges: line }, 0, n - 1),
      gridPath(1, n),
      kSubset(n, n),
      hardgrad.correlatedKSubset(n, 0),
      hardgrad.linearChain(n, 1),
      hardgrad.arborescence({ vertices: n, edges: line }, 0),
      hardgrad.knapsack(new Uint8Array(n).fill(1), 0),
      hardgrad.repeat(hardgrad.categorical(1), n),
      hardgrad.product(Array.from({ length: less }, () => hardgrad.categorical(1))),
    ]) {
      expect(Array.from(structure.states()).length, structure.name).toBe(1);
    }
    const [first] = hardgrad.ranking(less).states();
    expect(first?.at(-1)).toBe(less);
  });
});
