import { describe, expect, test } from "vitest";
import { expectClose } from "../../test/golden.ts";
import { kSubset } from "../structures/k-subset.ts";
import { type IdentityOptions, identity } from "./identity.ts";

const gradient = (
  projection: NonNullable<IdentityOptions["projection"]>,
  theta: number[],
  g: number[],
): number[] =>
  Array.from(
    identity(kSubset(theta.length, 1), { projection })
      .forward(Float64Array.from(theta))
      .backward(Float64Array.from(g)),
  );

describe("identity", () => {
  test("the projections are the Jacobians of what they are named after", () => {
    const theta = [0.3, -1, 2, 0.7];
    const g = [1, 2, -1, 0.5];
    const norm = (x: number[]): number => Math.hypot(...x);
    const centred = (x: number[]): number[] => x.map((v) => v - x.reduce((a, b) => a + b) / x.length);
    const maps = {
      mean: centred,
      scale: (x: number[]) => x.map((v) => v / norm(x)),
      standardise: (x: number[]) => centred(x).map((v) => v / norm(centred(x))),
    };
    for (const [projection, f] of Object.entries(maps) as [keyof typeof maps, (typeof maps)["mean"]][]) {
      const h = 1e-6;
      const want = theta.map((_, i) => {
        const at = (step: number): number =>
          f(theta.map((x, j) => (i === j ? x + step : x))).reduce((sum, y, j) => sum + y * g[j]!, 0);
        return (at(h) - at(-h)) / (2 * h);
      });
      expectClose(gradient(projection, theta, g), want, { rel: 0, abs: 1e-9 }, projection);
    }
  });

  test("an excluded element has no gradient, and the others that of the row without it", () => {
    for (const projection of ["mean", "scale", "standardise"] as const) {
      const [first, excluded, ...rest] = gradient(projection, [1, -Infinity, 2, 4], [1, 9, 3, 0]);
      expect(excluded).toBe(0);
      expect([first, ...rest]).toEqual(gradient(projection, [1, 2, 4], [1, 3, 0]));
    }
  });

  test("rows without a scale or without elements stay finite", () => {
    expect(gradient("standardise", [2, 2], [1, 0])).toEqual([0.5, -0.5]);
    const none = identity(kSubset(2, 0), { projection: "standardise" });
    const z = none.forward(new Float64Array(2).fill(-Infinity));
    expect(Array.from(z.backward(Float64Array.of(1, 2)))).toEqual([0, 0]);
  });
});
