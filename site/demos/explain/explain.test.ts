import { expect, test } from "vitest";
import { runDemoCode } from "../../../test/run-demo-code.ts";
import { initialState } from "../shared/dials.ts";
import { explainCode } from "./code.ts";
import { dials } from "./dials.ts";
import { explain } from "./learn.ts";
import { wordsOf } from "./sentences.ts";
import type { ExplainState, Explanation, Progress } from "./state.ts";

const beginning = initialState(dials) as unknown as ExplainState;

async function explained(state: ExplainState): Promise<{ accuracy: number; explanation: Explanation }> {
  let progress: Progress | undefined;
  let explanation: Explanation | undefined;
  for await (const found of explain()(state)) {
    if (found.kind === "progress") progress = found;
    else explanation = found;
  }
  return { accuracy: progress!.accuracies.at(-1)!, explanation: explanation! };
}

test.each([
  beginning,
  { ...beginning, task: "sentences", estimator: "imle", seed: 1 },
  { ...beginning, task: "sentences", estimator: "sst", words: 1, sentence: 'A "dull" day' },
])(
  "learns, and the code prints what the page shows: $task, $estimator",
  { timeout: 90_000 },
  async (state) => {
    const { accuracy, explanation } = await explained(state);
    expect(accuracy).toBeGreaterThan(0.9);
    expect(runDemoCode(explainCode(state)).trim().split("\n")).toStrictEqual([
      `accuracy ${accuracy.toFixed(2)}`,
      `${state.task === "digits" ? "an 8" : "praise"} with probability ${explanation.probability.toFixed(2)}`,
      `seen ${explanation.parts.map((part) => part + 1).join(" ")}`,
    ]);
  },
);

test("the words that decide are the ones that praise or blame", { timeout: 60_000 }, async () => {
  const state = { ...beginning, task: "sentences", words: 1 };
  const { explanation } = await explained(state);
  expect(explanation.parts.map((part) => wordsOf(state.sentence)[part])).toStrictEqual(["brilliant"]);
  expect(explanation.probability).toBeGreaterThan(0.5);
});

test("the drawing at the beginning is a three", { timeout: 60_000 }, async () => {
  const { explanation } = await explained(beginning);
  expect(explanation.probability).toBeLessThan(0.2);
  expect(explanation.parts).toHaveLength(4);
});
