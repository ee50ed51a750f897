import { describe, expect, test } from "vitest";
import { expectClose } from "../../../test/golden.ts";
import { rng } from "../../core/rng.ts";
import { matrixTree } from "./matrix-tree.ts";
import { matrixTreeLog } from "./matrix-tree-log.ts";
import { matrixTreeSymmetric } from "./matrix-tree-symmetric.ts";

/** Logarithms of weights and a direction, [child · n + parent], alike both ways if symmetric. */
function instance(n: number, scale: number, symmetric: boolean): { theta: Float64Array; v: Float64Array } {
  const r = rng(n);
  const theta = new Float64Array(n * n);
  const v = new Float64Array(n * n);
  for (let k = 1; k < n; k++) {
    for (let i = 0; i < n; i++) {
      const mirrored = symmetric && i > k;
      theta[k * n + i] = mirrored ? 0 : scale * r.normal();
      v[k * n + i] = mirrored ? 0 : r.normal();
    }
  }
  for (let k = 1; symmetric && k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      theta[k * n + i] = theta[i * n + k]!;
      v[k * n + i] = v[i * n + k]!;
    }
  }
  return { theta, v };
}

describe("the three eliminations", () => {
  // Doubles subtract, the log domain does not: they share no rounding error but that of the logarithms, ~1e-13.
  for (const symmetric of [false, true]) {
    for (const n of [2, 3, 12, 33]) {
      for (const scale of [0, 1, 10, 60]) {
        test(`agree on ${n} vertices at scale ${scale}, ${symmetric ? "undirected" : "directed"}`, () => {
          const { theta, v } = instance(n, scale, symmetric);
          const doubles = symmetric ? matrixTreeSymmetric(n) : matrixTree(n, false);
          const log = matrixTreeLog(n);
          log.clear(n);
          for (let k = 1; k < n; k++) {
            for (let i = 0; i < n; i++) {
              if (i === k) continue;
              const w = Math.exp(theta[k * n + i]!);
              doubles.weights[k * n + i] = w;
              doubles.tangents[k * n + i] = w * v[k * n + i]!;
              log.include(k, i, theta[k * n + i]!, v[k * n + i]!, false);
            }
          }
          const weights = doubles.weights.slice();
          const tolerance = { rel: 1e-10, abs: 1e-11 };
          expectClose(doubles.eliminate(n), log.logPartition(n), tolerance, "log Z");
          doubles.gradient(n);
          const slopes = doubles.slopes.slice();
          doubles.weights.set(weights);
          doubles.eliminateTangent(n);
          doubles.gradientTangent(n);
          log.slope(n, true);
          for (let k = 1; k < n; k++) {
            for (let i = 0; i < (symmetric ? k : n); i++) {
              if (i === k) continue;
              const at = k * n + i;
              const arcs = symmetric && i > 0 ? [at, i * n + k] : [at];
              let [p, dp] = [0, 0];
              for (const arc of arcs) {
                const q = Math.exp(theta[at]! + log.slopes[arc]!);
                p += q;
                dp += q * (v[at]! + log.slopeSeconds[arc]!);
              }
              const w = weights[at]!;
              expectClose(w * slopes[at]!, p, tolerance, "marginal");
              expectClose(w * doubles.slopes[at]!, p, tolerance, "marginal beside its derivative");
              expectClose(
                w * (v[at]! * doubles.slopes[at]! + doubles.slopeTangents[at]!),
                dp,
                tolerance,
                "derivative",
              );
            }
          }
        });
      }
    }
  }

  test("say that there is no tree", () => {
    for (const kernel of [matrixTree(3, false), matrixTreeSymmetric(3)]) {
      kernel.weights.fill(0);
      kernel.weights[3] = 1;
      expect(kernel.eliminate(3)).toBe(-Infinity);
      expect(kernel.eliminateTangent(3)).toBe(-Infinity);
    }
    const log = matrixTreeLog(3);
    log.clear(3);
    log.include(1, 0, 0, 0, false);
    log.include(2, 2, 0, 0, false);
    expect(log.logPartition(3)).toBe(-Infinity);
  });
});
