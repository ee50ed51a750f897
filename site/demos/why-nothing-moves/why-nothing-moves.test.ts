import { expect, test } from "vitest";
import { runDemoCode } from "../../../test/run-demo-code.ts";
import { initialState } from "../shared/dials.ts";
import { asked } from "./asked.ts";
import { balances, summary, type WhyState } from "./balances.ts";
import { whyCode } from "./code.ts";
import { dials, traps } from "./dials.ts";
import { verdict } from "./verdict.ts";

const beginning = initialState(dials) as unknown as WhyState;
const stops = (key: string): readonly unknown[] => {
  const dial = dials.find((d) => d.key === key);
  if (dial?.kind === "stops") return dial.stops;
  return dial?.kind === "choice" ? dial.options.map((option) => option.name) : [];
};

test.each([
  beginning,
  { ...beginning, lambda: 10, over: "mean", tau: 0.3, seed: 3 },
  { ...beginning, lambda: 0.1, target: "adaptive", rate: 1 },
])("the code prints what the page shows: λ = $lambda, $target, $over", (state) => {
  const steps = [...balances(state)];
  expect(runDemoCode(whyCode(state)).trim().split("\n")).toStrictEqual(
    summary(steps).map((pair) => pair.join(" ")),
  );
});

const titles = [
  "Stuck: λ is too small",
  "Stuck: λ is too large",
  "Stuck: averaging made λ small",
  "Stuck: the noise is too strong",
  "Stuck: there is no noise",
  "Stuck: the learning rate is too small",
];

test.each(traps.map((trap, i) => ({ ...trap, title: titles[i] })))(
  "whoever does what it says gets out: $label",
  ({ set, title }) => {
    let state: WhyState = { ...beginning, ...set };
    const said: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const spoken = verdict(state, [...balances(state)]);
      said.push(spoken.title);
      if (!spoken.advice) break;
      for (const [key, value] of Object.entries(spoken.advice.set)) expect(stops(key)).toContain(value);
      state = { ...state, ...spoken.advice.set };
    }
    expect(said[0]).toBe(title);
    expect(said.at(-1)).toBe("It learns");
  },
);

test("probe says what it would take", () => {
  const answers = [...asked(beginning, 1)];
  expect(answers[0]!.text).toBe("");
  expect(answers[1]!.text).toMatch(/^Take |^The evidence/);
  expect(answers[1]!.table).toContain("Single gradients of 100 rows");
});
