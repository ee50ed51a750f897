import { rng } from "hardgrad";
import { expect, test } from "vitest";
import { runDemoCode } from "../../../test/run-demo-code.ts";
import { initialState } from "../shared/dials.ts";
import { pathsCode } from "./code.ts";
import { dials } from "./dials.ts";
import { paths } from "./learn.ts";
import { methods } from "./methods.ts";
import { EVERY, type PathsState, type Prediction, type Progress, STEPS } from "./state.ts";
import { length, painted } from "./terrain.ts";

const beginning = initialState(dials) as unknown as PathsState;

async function learnt(
  state: PathsState,
): Promise<{ progress: Progress; predictions: Map<string, Prediction> }> {
  let progress: Progress | undefined;
  const predictions = new Map<string, Prediction>();
  for await (const found of paths()(state)) {
    if (found.kind === "progress") progress = found;
    else predictions.set(found.method, found);
  }
  return { progress: progress!, predictions };
}

test.each([beginning, { ...beginning, methods: ["imle"], shown: 5, samples: 2, lambda: 3, seed: 2 }])(
  "the code prints what the page shows: $methods",
  { timeout: 60_000 },
  async (state) => {
    const { progress, predictions } = await learnt(state);
    const own = painted(state.map, state.seed);
    const best = length(own.paths, own.costs);
    expect(runDemoCode(pathsCode(state)).trim().split("\n")).toStrictEqual(
      state.methods.map(
        (name) =>
          `${name} ${progress.accuracies[name]!.at(-1)!.toFixed(2)} ${predictions.get(name)!.length} (least ${best})`,
      ),
    );
  },
);

test("at the beginning two of three methods learn", { timeout: 60_000 }, async () => {
  const { progress } = await learnt(beginning);
  for (const name of ["imle", "fenchel-young"]) {
    const line = progress.accuracies[name]!;
    expect(line).toHaveLength(STEPS / EVERY + 1);
    expect(line[0]).toBeLessThan(0.4);
    expect(line.at(-1)).toBeGreaterThan(0.6);
  }
});

test("the dials that are idle, and no others, leave gradients as they are", () => {
  const [theta, shown] = [2, 3]
    .map((seed) => rng(seed))
    .map((r) => Float32Array.from({ length: 100 }, () => -r.uniform()));
  for (const method of methods) {
    for (const dial of dials) {
      if (!dial.idle || dial.kind !== "stops") continue;
      const [low, high] = [dial.stops[0], dial.stops.at(-1)].map((stop) =>
        String(method.gradient({ ...beginning, [dial.key]: stop })(theta!, shown!, rng(1))),
      );
      const isIdle = dial.idle({ ...initialState(dials), methods: [method.name] }) !== "";
      expect(low === high, `${method.name}, ${dial.key}`).toBe(isIdle);
    }
  }
});

test("painting does not begin anew", { timeout: 60_000 }, async () => {
  const work = paths();
  const state = { ...beginning, methods: ["fenchel-young"] };
  for await (const found of work(state)) {
    if (found.kind === "progress" && found.accuracies["fenchel-young"]?.length === 10) break;
  }
  const next = await work({ ...state, map: state.map.map(() => 0) }).next();
  expect((next.value as Progress).accuracies["fenchel-young"]).toHaveLength(10);
});
