/** Layers and families on kernels and without, as the bits that they write. */
import { coreKernels } from "../../src/core/core-kernels.ts";
import { withKernels, withoutKernels } from "../../src/core/kernels.ts";
import { imle, kSubset, rng } from "../../src/index.ts";

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
  };
  if (onKernels) withKernels(body);
  else withoutKernels(body);
  return results.flatMap(({ buffer }) => [...new Uint32Array(buffer)]);
}
