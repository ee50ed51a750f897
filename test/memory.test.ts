/** Memory stays flat over 10,000 calls of every layer. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { rng } from "../src/core/rng.ts";
import { sizeOf } from "../src/core/shape.ts";
import {
  adaptive,
  blackBox,
  categorical,
  gridPath,
  gumbelSoftmax,
  identity,
  imle,
  independentBits,
  kSubset,
  type Layer,
  movingAverage,
  scoreFunction,
  simple,
  straightThrough,
} from "../src/index.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Of these, the first is for warming up. */
const ROUNDS = 6;
const CALLS = 1700;
/** An object takes three words at least: what keeps less than that a call keeps nothing. */
const SMALLEST_OBJECT = 24;

function bytesInUse(): number {
  // Twice: the first collection may only find what the second gives back.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Median growth a call over the rounds: a leak shows in every round, the engine's own book-keeping in one or two. */
function growth(call: (i: number) => void): number {
  const growths: number[] = [];
  let before = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < CALLS; i++) call(i);
    const after = bytesInUse();
    if (round > 0) growths.push((after - before) / CALLS);
    before = after;
  }
  return growths.sort((a, b) => a - b)[growths.length >> 1]!;
}

/** A forward and a backward pass on two rows, with cotangents (or losses) for each of the layer's values. */
function caller<C>(layer: Layer<C>, context?: C, cotangents = 2 * sizeOf(layer.outputShape)): () => void {
  const theta = Float64Array.from({ length: 2 * sizeOf(layer.inputShape) }, (_, i) => -1.5 - Math.sin(i));
  const cotangent = Float64Array.from({ length: cotangents }, (_, i) => Math.cos(i));
  const key = rng(1);
  let calls = 0;
  return () => {
    layer.forward(theta, key.split(calls++), context).backward(cotangent);
  };
}

const family = kSubset(8, 3);
const context = { k: [0, 2], lengths: [8, 2], mask: new Float64Array(16).fill(1) };
const callers: Record<string, () => void> = {
  imle: caller(imle(family)),
  "imle, central": caller(imle(family, { difference: "central", target: adaptive(), samples: 2 })),
  "imle, average": caller(imle(family, { samples: 2, average: true })),
  "imle on a grid": caller(imle(gridPath(3, 3))),
  blackBox: caller(blackBox(family)),
  identity: caller(identity(family, { projection: "standardise" })),
  straightThrough: caller(straightThrough(family, { samples: 2 })),
  simple: caller(simple(family)),
  "simple, ragged": caller(simple(family), context),
  "simple, ragged bits": caller(simple(independentBits(8)), { lengths: [8, 2] }),
  "simple, category": caller(simple(categorical(8))),
  "simple -F": caller(simple(family, { backward: "exact-samples", backwardSamples: 2 })),
  "simple -B": caller(simple(family, { forward: "perturb-and-map" })),
  gumbelSoftmax: caller(gumbelSoftmax(categorical(8))),
  scoreFunction: caller(scoreFunction(family, { baseline: movingAverage() }), undefined, 2),
};

test("a row kept a call is found out", () => {
  const kept: Float64Array[] = [];
  expect(growth(() => kept.push(new Float64Array(8)))).toBeGreaterThan(2 * SMALLEST_OBJECT);
});

test("no layer keeps anything of a call", () => {
  const all = Object.values(callers);
  const together = growth(() => {
    for (const call of all) call();
  });
  if (together < SMALLEST_OBJECT) return;
  for (const [name, call] of Object.entries(callers)) {
    expect(growth(call), `bytes that a call of ${name} keeps`).toBeLessThan(SMALLEST_OBJECT);
  }
  expect(together, "bytes that a call of every layer keeps").toBeLessThan(SMALLEST_OBJECT);
}, 120_000);
