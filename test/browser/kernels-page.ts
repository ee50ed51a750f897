/** Layers and families on kernels and without, as the bits that they write. */
import { coreKernels } from "../../src/core/core-kernels.ts";
import { withKernels, withoutKernels } from "../../src/core/kernels.ts";
import {
  binaryEntropy,
  categorical,
  categoricalEntropy,
  completeGraph,
  euclidean,
  imle,
  independentBits,
  knapsack,
  kSubset,
  linearChain,
  matching,
  neuralSort,
  relaxedTopK,
  rng,
  sinkhorn,
  softEisner,
  spanningTree,
} from "../../src/index.ts";

export const hasKernels = (): boolean => coreKernels() !== undefined;

/** The bits of everything that kernels have a part in, on them or on TypeScript alone. */
export function bits(onKernels: boolean): number[] {
  const results: Float64Array[] = [];
  const body = (): void => {
    for (const [rows, n, k] of [
      [60, 20, 10],
      [3, 350, 10],
    ] as const) {
      const random = rng(n);
      const theta = Float64Array.from({ length: rows * n }, () => random.normal());
      const cotangent = Float64Array.from({ length: rows * n }, () => random.normal());
      const family = kSubset(n, k);
      const { value, backward } = imle(family).forward(theta, rng(1));
      const products = new Float64Array(rows * n);
      family.marginalsJvp(theta, cotangent, products);
      const mean = new Float64Array(rows * n);
      family.marginals(theta, mean);
      results.push(value, backward(cotangent), products, mean);
    }
    const random = rng(3);
    const [u, g] = [0, 1].map(() => Float64Array.from({ length: 2 * 441 }, () => random.normal()));
    const trees = spanningTree(completeGraph(7));
    const chain = linearChain(9, 5);
    const sack = knapsack(
      Array.from({ length: 21 }, (_, i) => 1 + (i % 5)),
      20,
    );
    const called: ((out: Float64Array) => void)[] = [
      (out) => matching(21).map(u!, out),
      (out) => sinkhorn(matching(21)).vjp(u!, 1, g!, out),
      (out) => sinkhorn(matching(21), { gradient: "unrolled" }).vjp(u!, 1, g!, out),
      (out) => trees.marginals(u!, out),
      (out) => trees.marginalsJvp(u!, g!, out),
      (out) => chain.marginals(u!.subarray(0, 735), out.subarray(0, 735)),
      (out) => chain.marginalsJvp(u!.subarray(0, 735), g!.subarray(0, 735), out.subarray(0, 735)),
      (out) => sack.marginalsJvp(u!, g!, out),
      (out) => sack.entropy(u!, out.subarray(0, 42)),
      (out) => chain.entropy(u!.subarray(0, 735), out.subarray(0, 3)),
    ];
    const subsets = kSubset(21, 8);
    for (const relaxation of [euclidean, categoricalEntropy, binaryEntropy, relaxedTopK].map((of) =>
      of(subsets),
    )) {
      called.push((out) => relaxation.relax(u!, 0.5, out));
      called.push((out) => relaxation.vjp(u!, 0.5, g!, out));
    }
    called.push((out) => neuralSort(21).relax(u!.subarray(0, 42), 1, out));
    called.push((out) => neuralSort(21).vjp(u!.subarray(0, 42), 1, g!, out.subarray(0, 42)));
    called.push((out) => softEisner(20).vjp(u!, 1, g!, out));
    called.push((out) => categorical(21).marginalsJvp(u!, g!, out));
    called.push((out) => independentBits(21).marginals(u!, out));
    for (const call of called) {
      const out = new Float64Array(u!.length);
      call(out);
      results.push(out);
    }
  };
  if (onKernels) withKernels(body);
  else withoutKernels(body);
  return results.flatMap(({ buffer }) => [...new Uint32Array(buffer)]);
}
