import { expect, test } from "vitest";
import { runDemoCode } from "../../../test/run-demo-code.ts";
import { initialState, type State } from "../shared/dials.ts";
import { arrows } from "./arrows.ts";
import { raceCode } from "./code.ts";
import { dials } from "./dials.ts";
import { methods } from "./methods.ts";
import { type RaceState, race, STEPS } from "./race.ts";

const beginning = initialState(dials) as unknown as RaceState;
const all = methods.map(({ name }) => name);

function ends(state: RaceState): [string, string][] {
  return [...race(state)]
    .filter(({ step }) => step === STEPS)
    .map(({ method, mean }) => [method, mean.toFixed(3)]);
}

test.each([
  beginning,
  { ...beginning, structure: "path", loss: "coupled", samples: 2, seed: 3, methods: all },
  { ...beginning, structure: "tree", loss: "linear", noise: "gumbel", tau: 0.5, rate: 2 },
  { ...beginning, structure: "matching", lambda: 10, methods: ["imle", "black-box"] },
])("the code prints what the page shows: $structure, $loss", (state) => {
  const printed = runDemoCode(raceCode(state)).trim().split("\n");
  expect(printed).toStrictEqual(ends(state).map((pair) => pair.join(" ")));
});

test("at the beginning every estimator learns", () => {
  const [first] = race(beginning);
  for (const [, gap] of ends(beginning)) expect(Number(gap)).toBeLessThan(0.6 * first!.mean);
});

/** What one gradient is like, rounding aside. */
function gradientOf(state: RaceState): string {
  const [found] = arrows(state);
  return `${found!.bias.toFixed(9)} ${found!.error.toFixed(9)}`;
}

test.each(methods)(
  "the dials that are idle, and no others, leave gradients as they are: $name",
  ({ name }) => {
    for (const loss of ["given", "linear"]) {
      const state = { ...beginning, loss, methods: [name] };
      for (const dial of dials) {
        if (!dial.idle || (dial.kind !== "stops" && dial.kind !== "choice")) continue;
        const ends =
          dial.kind === "stops" ? [dial.stops[0], dial.stops.at(-1)] : dial.options.map((o) => o.name);
        const [low, high] = ends.map((end) => gradientOf({ ...state, [dial.key]: end }));
        expect(low === high, `${dial.key}, ${loss}`).toBe(dial.idle(state as unknown as State) !== "");
      }
    }
  },
);

test("the exact estimator of a linear loss has neither bias nor scatter", () => {
  const [simple] = arrows({ ...beginning, loss: "linear", methods: ["simple"] });
  expect(simple!.error).toBeCloseTo(0, 10);
  for (const [along, across] of simple!.points) {
    expect(along).toBeCloseTo(1, 10);
    expect(across).toBeCloseTo(0, 10);
  }
});
