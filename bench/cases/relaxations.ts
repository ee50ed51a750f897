import { rng } from "../../src/core/rng.ts";
import { sizeOf } from "../../src/core/shape.ts";
import {
  binaryEntropy,
  categoricalEntropy,
  completeGraph,
  euclidean,
  exponentialFamily,
  kSubset,
  matching,
  neuralSort,
  type Relaxation,
  relaxedTopK,
  sinkhorn,
  softEisner,
  spanningTree,
  sparseMap,
} from "../../src/index.ts";
import type { BenchCase } from "../case.ts";

/** Value and product of `rows` rows of normal utilities, scaled. */
function pair<C>(
  name: string,
  relaxation: Relaxation<C>,
  rows: number,
  temperature: number,
  natives: { readonly relax?: string; readonly vjp?: string } = {},
  scale = 1,
): BenchCase[] {
  const r = rng(1);
  const outSize = sizeOf(relaxation.structure.shape);
  const size = sizeOf(relaxation.inputShape ?? relaxation.structure.shape);
  const u = Float64Array.from({ length: rows * size }, () => scale * r.normal());
  const g = Float64Array.from({ length: rows * outSize }, () => r.normal());
  const x = new Float64Array(rows * outSize);
  const v = new Float64Array(rows * size);
  return [
    {
      name: `${name} relax`,
      items: rows,
      ...(natives.relax && { native: natives.relax }),
      run: () => relaxation.relax(u, temperature, x),
    },
    {
      name: `${name} vjp`,
      items: rows,
      ...(natives.vjp && { native: natives.vjp }),
      run: () => relaxation.vjp(u, temperature, g, v),
    },
  ];
}

const rounds = { gradient: "unrolled", iterations: 100, tolerance: 0 } as const;
const subset = kSubset(350, 10);

export const cases: readonly BenchCase[] = [
  ...pair("euclidean n=350 k=10", euclidean(subset), 40, 0.5),
  ...pair("categoricalEntropy n=350 k=10", categoricalEntropy(subset), 40, 0.5),
  ...pair("binaryEntropy n=350 k=10", binaryEntropy(subset), 40, 0.5),
  ...pair("relaxedTopK n=350 k=10", relaxedTopK(subset), 40, 0.5),
  ...pair("exponentialFamily kSubset n=350 k=10", exponentialFamily(subset), 40, 0.5, {
    relax: "exactk_forward+marginals_n350_k10",
    vjp: "exactk_forward+marginals+jvp_n350_k10",
  }),
  ...pair(
    "exponentialFamily spanningTree K10",
    exponentialFamily(spanningTree(completeGraph(10))),
    128,
    0.5,
    {
      relax: "matrix_tree_marginals_n10",
    },
  ),
  ...pair("sinkhorn 50×50, 100 rounds", sinkhorn(matching(50), rounds), 1, 1, {
    relax: "sinkhorn_scaling_50x50_100it",
  }),
  ...pair(
    "sinkhorn 50×50, 100 rounds, log domain",
    sinkhorn(matching(50), rounds),
    1,
    1,
    { relax: "sinkhorn_logdomain_50x50_100it" },
    100,
  ),
  ...pair("sinkhorn 50×50, fixed point, t=1", sinkhorn(matching(50)), 1, 1),
  ...pair("sinkhorn 50×50, fixed point, t=0.05", sinkhorn(matching(50)), 1, 0.05),
  ...pair("sparseMap kSubset n=50 k=5", sparseMap(kSubset(50, 5)), 8, 1),
  ...pair("sparseMap spanningTree K8", sparseMap(spanningTree(completeGraph(8))), 8, 1),
  ...pair("neuralSort n=50", neuralSort(50), 8, 1),
  ...pair("softEisner 20 words", softEisner(20), 8, 1),
];
