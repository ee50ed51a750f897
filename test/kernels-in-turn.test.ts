/**
 * Random calls in turn: families, shapes, numbers, contexts and methods as they come, each with kernels and without. What a call leaves
 * in the memory that modules share, or writes beyond its part of it, shows in the calls after it.
 */
import { expect, test } from "vitest";
import type { ExponentialFamily, FloatArray, Relaxation } from "../src/contracts.ts";
import { coreKernels } from "../src/core/core-kernels.ts";
import { ARENA, ARENA_END, withKernels, withoutKernels } from "../src/core/kernels.ts";
import {
  arborescence,
  binaryEntropy,
  boundedSubset,
  categorical,
  categoricalEntropy,
  completeDigraph,
  completeGraph,
  correlatedKSubset,
  dependencyTree,
  euclidean,
  exponentialFamily,
  imle,
  independentBits,
  knapsack,
  kSubset,
  linearChain,
  matching,
  relaxedTopK,
  rng,
  simple,
  sinkhorn,
  softEisner,
  spanningTree,
} from "../src/index.ts";

const CASES = 500;

const random = rng(20);
const upTo = (most: number): number => Math.floor(random.uniform() * (most + 1));
const pick = <T>(of: readonly T[]): T => of[upTo(of.length - 1)]!;

interface Drawn {
  readonly family: ExponentialFamily;
  readonly relaxations: readonly Relaxation[];
  /** The longest row, where a context has lengths. */
  readonly longest?: number;
  /** The most ones of a row, where a context has their numbers. */
  readonly most?: number;
}

const draws: readonly (() => Drawn)[] = [
  () => subsets(1 + upTo(39)),
  () => subsets(100 + upTo(400)),
  () => {
    const [n, atLeast] = [1 + upTo(29), upTo(1)];
    return only(boundedSubset(n, { atLeast, atMost: atLeast + upTo(n - atLeast) }), n, n);
  },
  () => {
    const n = 1 + upTo(29);
    return only(correlatedKSubset(n, upTo(n)), n, n);
  },
  () => {
    const length = 1 + upTo(11);
    return only(linearChain(length, 1 + upTo(8)), length);
  },
  () => {
    const weights = Array.from({ length: 1 + upTo(19) }, () => 1 + upTo(8));
    return only(knapsack(weights, 1 + upTo(59)), weights.length);
  },
  () => only(spanningTree(completeGraph(2 + upTo(9)))),
  () => only(arborescence(completeDigraph(2 + upTo(9)), 0)),
  () => only(dependencyTree(1 + upTo(7), { root: pick(["single", "multi"]) })),
  () => {
    const words = 1 + upTo(7);
    const family = dependencyTree(words, { projective: true, root: pick(["single", "multi"]) });
    return { family, relaxations: [softEisner(words)], longest: words };
  },
  () => {
    const family = matching(1 + upTo(6));
    return { family, relaxations: [sinkhorn(family), sinkhorn(family, { gradient: "unrolled" })] };
  },
  () => {
    const n = 1 + upTo(59);
    return only(pick([categorical, independentBits])(n), n);
  },
];

function only(family: ExponentialFamily, longest?: number, most?: number): Drawn {
  return { family, relaxations: [], ...(longest && { longest }), ...(most && { most }) };
}

function subsets(n: number): Drawn {
  const family = kSubset(n, upTo(Math.min(n, 40)));
  const relaxations = [euclidean, categoricalEntropy, binaryEntropy, relaxedTopK].map((make) => make(family));
  return { family, relaxations, longest: n, most: n };
}

/** Nothing, or a context, with which rows may have no state. */
function context(rows: number, size: number, { longest, most }: Drawn): object | undefined {
  const perRow = (least: number, to: number) => Array.from({ length: rows }, () => least + upTo(to - least));
  const parts = {
    mask: Array.from({ length: rows * size }, () => Math.min(upTo(20), 1)),
    ...(longest && { lengths: perRow(longest >> 1, longest) }),
    ...(most && { k: perRow(0, Math.min(most, 3)) }),
  };
  const chosen = Object.entries(parts).filter(() => upTo(2) === 0);
  return chosen.length > 0 ? Object.fromEntries(chosen) : undefined;
}

/** Normal, tied, sparse, huge, tiny, forbidden and, now and then, no numbers. */
function numbers(length: number): FloatArray {
  const scale = pick([0, 1e-30, 0.1, 1, 5, 40, 800, 1e5, 1e30]);
  const kind = pick(["normal", "tied", "sparse", "forbidden"]);
  const x = Float64Array.from({ length }, () => {
    const value = random.normal() * scale;
    if (kind === "tied") return Math.round(random.normal()) * scale;
    if (kind === "sparse") return pick([0, -0, value]);
    return kind === "forbidden" && upTo(11) === 0 ? Number.NEGATIVE_INFINITY : value;
  });
  if (upTo(19) === 0) x[upTo(length - 1)] = pick([Number.NaN, Number.POSITIVE_INFINITY]);
  return upTo(1) === 0 ? x : Float32Array.from(x);
}

type Call = readonly [name: string, length: number, call: (out: FloatArray) => void];

function drawn(): Call {
  const one = pick(draws)();
  const { family, relaxations } = one;
  const size = family.shape.reduce((a, b) => a * b, 1);
  const rows = pick([1, 1, 2, 3, 5, 8, 33]);
  const theta = numbers(rows * size);
  const v = numbers(rows * size);
  const key = upTo(1000);
  const t = pick([0.1, 1, 3]);
  const rest = context(rows, size, one);
  const calls: Call[] = [
    ["map", size, (out) => family.map(theta, out, rest)],
    ["marginals", size, (out) => family.marginals(theta, out, rest)],
    ["marginalsJvp", size, (out) => family.marginalsJvp(theta, v, out, rest)],
    ["sample", size, (out) => family.sample(theta, rng(key), out, rest)],
    ["logPartition", 1, (out) => family.logPartition(theta, out, rest)],
    ["entropy", 1, (out) => family.entropy(theta, out, rest)],
    ...[imle, simple].map(
      (layer): Call => [
        layer.name,
        size,
        (out) => {
          const { value, backward } = layer(family).forward(theta, rng(key), rest);
          const gradient = backward(v);
          for (let i = 0; i < out.length; i++) out[i] = value[i]! + gradient[i]!;
        },
      ],
    ),
    ...[...relaxations, exponentialFamily(family)].flatMap((relaxation): Call[] => [
      [`${relaxation.name}.relax`, size, (out) => relaxation.relax(theta, t, out, rest)],
      [`${relaxation.name}.vjp`, size, (out) => relaxation.vjp(theta, t, v, out, rest)],
    ]),
  ];
  const [name, each, call] = pick(calls);
  const given = rest ? Object.keys(rest).join() : "nothing";
  return [`${family.name} [${family.shape}] ${name}, ${rows} rows with ${given}`, rows * each, call];
}

/** What is written, or why nothing is. */
function outcome(call: (out: FloatArray) => void, out: FloatArray): string {
  try {
    call(out);
  } catch (error) {
    return String(error);
  }
  return Buffer.from(out.buffer).toString("hex");
}

test(`${CASES} calls in turn give the same bits and the same errors with kernels and without`, () => {
  for (let i = 0; i < CASES; i++) {
    const [name, length, call] = drawn();
    const FloatArray = pick([Float32Array, Float64Array]);
    coreKernels()?.f64.fill(Number.NaN, ARENA / 8, ARENA_END / 8);
    const compiled = withKernels(() => outcome(call, new FloatArray(length)));
    const written = withoutKernels(() => outcome(call, new FloatArray(length)));
    expect(compiled, `call ${i}: ${name}`).toBe(written);
  }
});
