import { exp, log1p } from "./log-exp.ts";

/** log(1 + e^x), without overflow; −log σ(−x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
}
