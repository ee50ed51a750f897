import { describe, expect, test } from "vitest";
import { counting } from "../test/counting.ts";
import { chooseGoal } from "./goal.ts";
import { groupRuns } from "./groups.ts";
import { renderSweep, sweepFindings } from "./page.ts";
import { parseSeeds, parseVariations, planJobs } from "./plan.ts";
import type { SweepRun } from "./record.ts";

describe("the plan", () => {
  test("has every combination with every seed, each under a name of its own", () => {
    const vary = parseVariations(["steps=1,2,3", "rates=0.5,1"]);
    const jobs = planJobs(counting, "quick", ["cells=1"], vary, parseSeeds("0-1,7"));
    expect(jobs).toHaveLength(18);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(18);
    expect(jobs[0]).toMatchObject({ seed: 0, settings: { steps: 1, rates: [0.5] } });
    expect(jobs[0]!.set).toStrictEqual(["cells=1", "steps=1", "rates=0.5"]);
  });

  test("no value becomes a path", () => {
    const vary = parseVariations(["label=../../etc/passwd,..,a b"]);
    for (const { id } of planJobs(counting, "quick", [], vary, [0])) expect(id).toMatch(/^[\w=][\w=.,~-]*$/);
  });

  test.each([
    [() => parseVariations(["steps"]), "--vary expected key=value"],
    [() => parseVariations(["steps=1,,2"]), "--vary expected key=value"],
    [() => parseVariations(["steps=1,1"]), "names a value twice"],
    [() => parseVariations(["steps=1", "steps=2"]), 'names "steps" twice'],
    [() => parseSeeds("4-0"), "--seeds expected"],
    [() => parseSeeds("0-9999999"), "--seeds expected"],
    [() => parseSeeds("1,1"), "names a seed twice"],
    [() => planJobs(counting, "quick", [], parseVariations(["__proto__=1"]), [0]), "unknown key"],
    [() => planJobs(counting, "quick", [], parseVariations(["steps=1,0"]), [0]), "steps=0: counting: steps"],
    [() => planJobs(counting, "quick", [], parseVariations(["steps=x"]), [0]), "expected a number"],
  ])("%s is an error of use", (make, message) => {
    expect(make).toThrow(message);
  });
});

test("two varied settings of two methods are drawn as two maps and their difference", () => {
  const runs = [1, 2].flatMap((t) =>
    [3, 4].map(
      (s): SweepRun => ({
        id: `${t}-${s}`,
        settings: { methods: ["a", "b"], t, s },
        seed: 0,
        status: "done",
        results: ["a", "b"].map((method, i) => ({
          method,
          metric: "loss",
          mean: t + (1 - i) * s,
          std: 0,
          runs: 1,
        })),
        machine: "m",
        seconds: 1,
        error: null,
      }),
    ),
  );
  const vary = parseVariations(["t=1,2", "s=3,4"]);
  const asked = { id: "0", experiment: "x", preset: "quick", set: [], seeds: [0], version: "v" } as const;
  const { sections } = sweepFindings({ ...asked, vary, data: null, dataHash: null, runs }, {});
  const figures = sections.flatMap((section) => section.figures ?? []);
  expect(figures.map(({ name }) => name)).toStrictEqual(["loss-a", "loss-b", "loss-difference"]);
  const { values } = (figures[2]!.spec as { data: { values: { y: string; value: number }[] } }).data;
  expect(values.map(({ y, value }) => [y, value])).toStrictEqual([
    ["4", 4],
    ["4", 4],
    ["3", 3],
    ["3", 3],
  ]);
});

describe("best", () => {
  const of = (loss: number, test: number, t: number, seed: number): SweepRun => ({
    id: `${t}-${seed}`,
    settings: { t },
    seed,
    status: "done",
    results: [
      { method: "a", metric: "test-loss", mean: test, std: 0, runs: 1 },
      { method: "a", metric: "validation-loss", mean: loss, std: 0, runs: 1 },
    ],
    machine: "m",
    seconds: 1,
    error: null,
  });
  const runs = [of(3, 1, 1, 0), of(5, 1, 1, 1), of(2, 9, 2, 0), of(2, 7, 2, 1)];

  test("is chosen by validation and judged on test", () => {
    const goal = chooseGoal(runs[0]!.results, undefined, undefined)!;
    expect(goal).toStrictEqual({ metric: "validation-loss", best: "min", judged: "test-loss" });
    const [first, second] = groupRuns(runs, goal);
    expect(first).toMatchObject({
      settings: { t: 2 },
      chosen: { mean: 2, std: 0, runs: 2 },
      judged: { mean: 8 },
    });
    expect(second).toMatchObject({ chosen: { mean: 4, std: Math.SQRT2 } });
  });

  test("is not guessed from a name that does not say it", async () => {
    const odd = chooseGoal([{ method: "a", metric: "mean", mean: 1, std: 0, runs: 1 }], undefined, undefined);
    expect(odd).toMatchObject({ best: undefined });
    expect(chooseGoal(runs[0]!.results, "test-loss", "max")).toMatchObject({
      metric: "test-loss",
      best: "max",
    });
  });

  test("the page tells best, failures and draws what was varied, and escapes", async () => {
    const failed: SweepRun = { ...of(0, 0, 3, 0), status: "failed", results: [], error: "Error: <b>" };
    const page = await renderSweep(
      {
        id: "0",
        experiment: "x",
        preset: "quick",
        set: [],
        vary: [{ key: "t", values: ["1", "2"] }],
        seeds: [0, 1],
        data: null,
        dataHash: null,
        version: "v",
        runs: [...runs, failed],
      },
      {},
    );
    expect(page).toContain("Best: <strong>t=2</strong>, a, with validation-loss 2, and on the test data");
    expect(page).toContain("Error: &lt;b&gt;");
    expect(page).toContain("<svg");
  });
});
