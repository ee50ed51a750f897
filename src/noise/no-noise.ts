import type { Noise } from "../contracts.ts";
import { checkFloats } from "../core/check.ts";

/**
 * Zeros: for estimators that perturb nothing (Eq. 12 of I-MLE, blackbox differentiation).
 *
 * @example
 * import { noNoise } from "hardgrad";
 * noNoise().variance; // 0
 */
export function noNoise(): Noise {
  return {
    name: "noNoise",
    mean: 0,
    variance: 0,
    fill(out) {
      checkFloats("noNoise", "out", out);
      out.fill(0);
    },
  };
}
