import { expect, test } from "vitest";
import { runDemoCode } from "../../../test/run-demo-code.ts";
import { initialState } from "../shared/dials.ts";
import { softCode } from "./code.ts";
import { dials } from "./dials.ts";
import { type SoftState, sampleState, soften } from "./soften.ts";
import { drawables } from "./structures.ts";

const beginning = initialState(dials) as unknown as SoftState;
const kinds = Object.keys(drawables);

test.each(kinds)("the code prints what the page shows: %s", (structure) => {
  for (const temperature of [0, 0.5, Infinity]) {
    const state = { ...beginning, structure, temperature, seed: 3 };
    const { entropy, relaxations } = soften(state);
    expect(runDemoCode(softCode(state)).trim().split("\n")).toStrictEqual([
      `entropy ${entropy.toFixed(3)}`,
      ...relaxations.map(({ name, cost, used }) => `${name} ${cost.toFixed(1)} ${used}`),
    ]);
  }
});

test.each(kinds)("cold is the best structure, hot spreads over all: %s", (structure) => {
  const [cold, hot] = [0.005, Infinity].map((temperature) =>
    soften({ ...beginning, structure, temperature }),
  );
  for (const { x, name } of cold!.relaxations) {
    const off = x.reduce((most, w, i) => Math.max(most, Math.abs(w - cold!.best[i]!)), 0);
    expect(off, name).toBeLessThan(0.05);
  }
  const states = [...drawables[structure]!().structure.states!()].length;
  expect(hot!.entropy).toBeCloseTo(Math.log(states), 8);
});

test.each(kinds)("samples are states: %s", (structure) => {
  const states = new Set([...drawables[structure]!().structure.states!()].map(String));
  for (const temperature of [0, 0.5, Infinity]) {
    expect(states.has(String(sampleState({ ...beginning, structure, temperature }, 4)))).toBe(true);
  }
});
