import { numpy as np } from "@jax-js/jax";
import { beforeAll, describe, expect, test } from "vitest";
import { completeDigraph, completeGraph, rng } from "../../src/index.ts";
import { expectClose } from "../../test/golden.ts";
import { checkGradient, doubles, toDoubles, useDoubles } from "./check-gradient.ts";
import { pairs } from "./pairs.ts";
import { initPairwise, type Pairwise, pairwise } from "./pairwise.ts";

describe("pairs", () => {
  const matrices = Float64Array.from({ length: 18 }, (_, i) => i);

  test("of an undirected edge are both entries of the matrix", () => {
    const { read, write } = pairs(completeGraph(3), true);
    expect([...read(matrices, 0.5)]).toEqual([2, 4, 6, 11, 13, 15]);
    expect([...write(Float64Array.of(1, 2, 3), 2)]).toEqual([0, 2, 4, 2, 0, 6, 4, 6, 0]);
  });

  test("of a directed edge are one", () => {
    const { read, write } = pairs(completeDigraph(3), false);
    expect([...read(matrices, 1)].slice(0, 6)).toEqual([1, 2, 3, 5, 6, 7]);
    expect([...write(Float32Array.of(1, 2, 3, 4, 5, 6), 1)]).toEqual([0, 1, 2, 3, 0, 4, 5, 6, 0]);
  });

  test("reading and writing are each other's transposed: ⟨read m, e⟩ = ⟨m, write e⟩", () => {
    for (const undirected of [true, false]) {
      const graph = undirected ? completeGraph(4) : completeDigraph(4);
      const { read, write } = pairs(graph, undirected);
      const r = rng(1);
      const m = Float64Array.from({ length: 32 }, () => r.normal());
      const e = Float64Array.from({ length: 2 * graph.edges.length }, () => r.normal());
      const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
      expect(inner(read(m, 0.7), e)).toBeCloseTo(inner(m, write(e, 0.7)), 12);
    }
  });
});

describe("pairwise", () => {
  beforeAll(useDoubles);

  test("is a dense layer on sender and receiver, with the gradients of differences", () => {
    const params = toDoubles(initPairwise(rng(1), 2, 3));
    const x = doubles(2, 1, 4, 2);
    const both = np.concatenate([x.ref.slice([], 1, []), x.ref.slice([], 3, [])], 1);
    const weight = np.concatenate([params.sender.ref, params.receiver.ref], 0);
    const want = np.dot(both, weight).add(params.bias.ref).dataSync() as Float64Array;
    const layer = Object.fromEntries(Object.entries(params).map(([key, a]) => [key, a.ref])) as Pairwise;
    const got = pairwise(layer, x.ref).slice([], 1, 3, []).dataSync() as Float64Array;
    expectClose([...got], [...want], { rel: 1e-12, abs: 1e-12 });
    checkGradient(({ layer, x }: { layer: Pairwise; x: np.Array }) => pairwise(layer, x), {
      layer: params,
      x,
    });
  });
});
