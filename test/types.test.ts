/** What the types promise, so that strict callers need no assertion: checked by the compiler, run for completeness. */
import { describe, expectTypeOf, test } from "vitest";
import {
  arborescence,
  blackBox,
  categorical,
  completeDigraph,
  completeGraph,
  correlatedKSubset,
  dependencyTree,
  exponentialFamily,
  type FloatArray,
  graphPath,
  gridPath,
  gumbelSoftmax,
  identity,
  imle,
  independentBits,
  knapsack,
  kSubset,
  type Layer,
  learnToExplain,
  linearChain,
  matching,
  minimizing,
  perturbedOptimizer,
  relaxedSubset,
  rng,
  scoreFunction,
  simple,
  sortingPermutation,
  spanningTree,
  stochasticSoftmax,
  straightThrough,
  tour,
} from "../src/index.ts";

describe("concrete structures say what they have", () => {
  test("states", () => {
    for (const structure of [
      arborescence(completeDigraph(3), 0),
      categorical(3),
      correlatedKSubset(3, 2),
      dependencyTree(2),
      graphPath(completeDigraph(3), 0, 2),
      gridPath(2, 2),
      independentBits(3),
      kSubset(3, 2),
      knapsack([1, 2, 3], 3),
      linearChain(2, 2),
      matching(3),
      sortingPermutation(3),
      spanningTree(completeGraph(3)),
      tour(4),
    ]) {
      expectTypeOf(structure.states()).toEqualTypeOf<Iterable<Float64Array>>();
    }
  });

  test("cardinality and reports", () => {
    expectTypeOf(kSubset(5, 2).cardinality).toEqualTypeOf<number>();
    expectTypeOf(tour(4).cardinality).toEqualTypeOf<number>();
    expectTypeOf(gridPath(3, 3).report().clampedCosts).toEqualTypeOf<number>();
    expectTypeOf(graphPath(completeDigraph(3), 0, 2).report().bellmanFordRows).toEqualTypeOf<number>();
  });
});

describe("layers keep the kind of θ", () => {
  const family = kSubset(3, 1);
  const relaxed = stochasticSoftmax(exponentialFamily(family));
  const layers = [
    blackBox(family),
    gumbelSoftmax(categorical(3)),
    identity(family),
    imle(family),
    learnToExplain(family),
    perturbedOptimizer(family),
    relaxedSubset(family),
    scoreFunction(family),
    simple(family),
    relaxed,
    straightThrough(family),
    minimizing(imle(family)),
    minimizing(relaxed),
  ] as const;

  test("forward and backward", () => {
    for (const layer of layers) {
      const single = layer.forward(new Float32Array(3), rng(0));
      expectTypeOf(single.value).toEqualTypeOf<Float32Array>();
      expectTypeOf(single.backward).returns.toEqualTypeOf<Float32Array>();
      const double = layer.forward(new Float64Array(3), rng(0));
      expectTypeOf(double.value).toEqualTypeOf<Float64Array>();
      expectTypeOf(double.backward).returns.toEqualTypeOf<Float64Array>();
    }
  });

  test("what is known to be either stays either, and a Layer of any make keeps the kind too", () => {
    const either = (layer: Layer, theta: FloatArray): FloatArray => layer.forward(theta).value;
    expectTypeOf(either).returns.toEqualTypeOf<FloatArray>();
    expectTypeOf(relaxed.evaluate(new Float32Array(3), rng(0))).toEqualTypeOf<Float32Array>();
    expectTypeOf(minimizing(relaxed).evaluate(new Float32Array(3), rng(0))).toEqualTypeOf<Float32Array>();
    const named: Layer = imle(family, {});
    expectTypeOf(named.forward(new Float32Array(3), rng(0)).value).toEqualTypeOf<Float32Array>();
  });
});
