/** What TypeScript forbids and JavaScript lets through: wrong kinds of settings, at once and by name. */
import { describe, expect, test } from "vitest";
import type { Rng } from "../src/contracts.ts";
import {
  blackBox,
  gridPath,
  gumbel,
  gumbelSoftmax,
  identity,
  imle,
  kSubset,
  perturbation,
  rng,
  scoreFunction,
  simple,
  straightThrough,
} from "../src/index.ts";

const makers = { imle, blackBox, identity, straightThrough, scoreFunction, simple, gumbelSoftmax };
type Maker = (structure: unknown, options?: unknown) => { forward(theta: Float64Array, rng?: Rng): unknown };

describe.each(Object.entries(makers as unknown as Record<string, Maker>))("%s", (who, make) => {
  const family = kSubset(4, 2);

  test("a structure is something that solves", () => {
    for (const nothing of [undefined, null, {}, kSubset, "kSubset"]) {
      expect(() => make(nothing)).toThrow(TypeError);
    }
    expect(() => make({ shape: [4] })).toThrow(TypeError);
  });

  test("settings are an object with known names, each of its kind", () => {
    expect(() => make(family, { tempreature: 2 })).toThrow(`${who}: unknown option "tempreature"`);
    for (const options of [null, 1, "none"]) {
      expect(() => make(family, options)).toThrow(`${who}: options expected an object`);
    }
    const names = /unknown option "x", expected (.*)/.exec(message(() => make(family, { x: 1 })))![1]!;
    for (const name of names.split(", ")) {
      // Symbols and functions are no setting's kind.
      for (const wrong of [Symbol(name), () => 1]) {
        expect(() => make(family, { [name]: wrong }), name).toThrow(TypeError);
      }
    }
  });

  test("a generator is one that rng made", () => {
    if (who === "blackBox" || who === "identity") return;
    const layer = make(family);
    const theta = new Float64Array(4);
    for (const wrong of [undefined, null, 0, rng, Math.random, {}]) {
      expect(() => layer.forward(theta, wrong as unknown as Rng)).toThrow(/rng expected an Rng because/);
    }
  });
});

test.each([scoreFunction, simple, gumbelSoftmax])("$name asks for exact inference", (make) => {
  expect(() => make(gridPath(2, 2) as never)).toThrow(
    `${make.name}: family expected a structure with exact inference, and gridPath has none (no marginals)`,
  );
});

test("noise, targets and baselines that were not made are named", () => {
  expect(() => imle(kSubset(4, 2), { noise: gumbel as never })).toThrow(
    "imle: noise expected a Noise, as gumbel() makes, got the function gumbel, not its result",
  );
  expect(() => imle(kSubset(4, 2), { target: perturbation as never })).toThrow(
    "imle: target expected a Target, as perturbation() makes, got the function perturbation, not its result",
  );
  expect(() => scoreFunction(kSubset(4, 2), { baseline: {} as never })).toThrow(
    "scoreFunction: baseline expected a baseline, as movingAverage() makes, got Object",
  );
});

test("temperatures are numbers, one or two of them by their names", () => {
  for (const temperature of ["2", null, { input: "2" }, { target: null }, { noise: 2 }, [1, 2]]) {
    expect(() => imle(kSubset(4, 2), { temperature: temperature as never })).toThrow(TypeError);
  }
  expect(() => imle(kSubset(4, 2), { temperature: { input: -1 } })).toThrow(RangeError);
});

function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return "";
}
