import { sameData } from "../../lab/data/same-data.ts";
import type { Cell, Experiment, Outcome, Run } from "../../lab/experiment.ts";
import { requireDevice, startEngine } from "../../lab/nn/device.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import { type Published, type Result, result } from "../../lab/run/summary.ts";
import { TYPESCRIPT_THREADS } from "../../lab/run/typescript-threads.ts";
import { gridPath, type Structure } from "../../src/index.ts";
import { type Disposing, threaded } from "../../src/threads/threaded.ts";
import { checkConfig, type MethodName, presets, type WarcraftConfig } from "./config.ts";
import { loadData } from "./data.ts";
import { LABELS } from "./labels.ts";
import type { Maps } from "./maps.ts";
import { publishedFor, report } from "./report.ts";
import type makeSolver from "./solver.ts";
import { byteOf, TILE_SIZE } from "./tiles.ts";

export const warcraft: Experiment<WarcraftConfig> = {
  name: "warcraft",
  description:
    "Shortest paths on terrain maps: costs of cells learnt from paths, through Dijkstra's algorithm.",
  presets,
  dataset: "warcraft",
  published: [
    ...table2(12, [0.972, 0.952, 0.952, 0.948]),
    ...table2(18, [0.958, 0.944, 0.947, 0.923]),
    ...table2(24, [0.943, 0.932, 0.938, 0.915]),
    ...table2(30, [0.936, 0.937, 0.936, 0.915]),
  ],
  publishedFor,
  labels: LABELS,
  check: checkConfig,
  requires: ({ device }) => requireDevice(device),
  run,
  report,
};

/** Test maps in the report's pictures. */
const PICTURES = 4;

async function run(run: Run<WarcraftConfig>): Promise<Outcome> {
  const { config } = run;
  const methods = config.methods as readonly MethodName[];
  run.plan(methods.length * config.runs);
  const data = await loadData(run.data, config, run.rng("maps"));
  await sameData(run, data.description, [...data.train.contents, ...data.test.contents]);
  const pictured = Math.min(PICTURES, data.test.count);
  await run.cell("maps", (cell) => keepMaps(cell, data.test, pictured), { units: 0 });
  // jax-js takes a while to load: only here.
  await startEngine(config.device);
  const { trainMethod } = await import("./train-method.ts");
  const structure = await solverOf(config);
  const results: Result[] = [];
  for (const name of methods) {
    const runs: { accuracy: number; excess: number | null }[] = [];
    for (let r = 0; r < config.runs; r++) {
      const setting = { config, data, structure, rng: run.rng("run", r) };
      const { times, ...finished } = await run.cell(`${name}/${r}`, (cell) =>
        trainMethod(cell, name, setting, r === 0 ? pictured : 0),
      );
      runs.push(finished);
      run.note(`${name.padEnd(14)} ${(100 * finished.accuracy).toFixed(1)} %   ${times.seconds}`);
    }
    results.push(
      result(
        name,
        "accuracy",
        runs.map(({ accuracy }) => accuracy),
      ),
    );
    const excess = runs.map((finished) => finished.excess).filter((x) => x !== null);
    if (excess.length > 0) results.push(result(name, "excess-cost", excess));
  }
  structure.dispose?.();
  return { data: data.description, results };
}

async function solverOf({ side, threads }: WarcraftConfig): Promise<Structure & Partial<Disposing>> {
  if (threads === 1) return gridPath(side, side);
  const url = new URL("./solver.ts", import.meta.url);
  return threaded<typeof makeSolver>(url, { threads, data: side, execArgv: TYPESCRIPT_THREADS });
}

/** What the report draws. */
function keepMaps(cell: Cell, { side, costs, paths, paint }: Maps, count: number): null {
  const cells = side * side;
  const tiles = new Float32Array(count * cells * TILE_SIZE);
  for (let map = 0; map < count; map++) paint(map, tiles, map * cells * TILE_SIZE);
  cell.keep({
    tiles: tensor(Uint8Array.from(tiles, byteOf)),
    costs: tensor(costs.slice(0, count * cells)),
    paths: tensor(paths.slice(0, count * cells)),
  });
  return null;
}

/** A row of I-MLE's table. */
function table2(
  side: number,
  [mu, map, blackBox, perturbed]: readonly [number, number, number, number],
): Published[] {
  const row = { "imle-mu": mu, "imle-map": map, "black-box": blackBox, "fenchel-young": perturbed };
  return Object.entries(row).map(([method, value]) => ({
    method,
    metric: "accuracy",
    value,
    source: publishedFor({ side }),
  }));
}
