/** Runs an experiment in its directory, so that it can be killed at any moment and resumed to the same bits. */
import { setImmediate as macrotask } from "node:timers/promises";
import type { Cell, Experiment, Restored, Run, Settings } from "../experiment.ts";
import { writeAtomic } from "./atomic-write.ts";
import { type Checkpoint, readCheckpoint, tensorsUnder, writeCheckpoint } from "./checkpoint.ts";
import { Interrupted } from "./errors.ts";
import type { Interrupt } from "./interrupt.ts";
import { findNonFinite, type Json, throughJson } from "./json.ts";
import { type KeyPart, keyedRng } from "./keyed-rng.ts";
import { type Mark, openMetricsLog } from "./metrics-log.ts";
import type { Progress } from "./progress.ts";
import { identityOf, type RunConfig, runFiles } from "./run-directory.ts";
import type { Tensor, Tensors } from "./safetensors.ts";
import type { Published, Summary } from "./summary.ts";

export interface Execution {
  readonly progress: Progress;
  readonly interrupt: Pick<Interrupt, "signal">;
  /** The least time between two checkpoints: less loses less work to a kill, more costs less. */
  readonly checkpointSeconds: number;
}

/** The event loop gets a turn this often, for signals and timers. */
const TURN_SECONDS = 0.05;

/**
 * @throws Interrupted after the state was saved.
 * @throws DamagedRunError if the checkpoint or the metrics are not what was written.
 */
export async function execute<Config extends Settings>(
  experiment: Experiment<Config>,
  folder: string,
  config: RunConfig<Config>,
  { progress, interrupt, checkpointSeconds }: Execution,
): Promise<Summary> {
  const files = runFiles(folder);
  const identity = identityOf(config);
  const saved = readCheckpoint(files.checkpoint, identity);
  const log = openMetricsLog(files.metrics, saved?.state.metrics);
  const secondsBefore = saved?.state.seconds ?? 0;
  const start = now();
  const elapsed = (): number => secondsBefore + now() - start;

  const cells: Record<string, Json> = { ...saved?.state.cells };
  const kept: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(saved?.tensors ?? {}))
    if (name.startsWith("kept/")) kept[name] = value;
  let units = saved?.state.units ?? 0;
  let planned = 0;
  let turnAt = start;
  let savedAt = start;
  let savingTook = 0;
  const asked = new Set<string>();

  function save(current: Checkpoint["current"], extra: Tensors, metrics: Mark): void {
    const before = now();
    log.sync();
    const checkpoint = { cells, units, current, metrics, seconds: elapsed() };
    writeCheckpoint(files.checkpoint, identity, checkpoint, { ...kept, ...extra });
    savedAt = now();
    savingTook = savedAt - before;
  }
  // Large states may take seconds to write: never more than a twentieth of the time.
  const due = (): boolean => now() - savedAt >= Math.max(checkpointSeconds, 20 * savingTook);

  async function turn(): Promise<void> {
    if (now() - turnAt < TURN_SECONDS) return;
    await macrotask();
    turnAt = now();
  }

  async function cell<R extends Json>(
    name: string,
    body: (cell: Cell) => R | Promise<R>,
    options: { readonly units?: number } = {},
  ): Promise<R> {
    if (asked.has(name)) throw new Error(`${experiment.name}: two cells are named "${name}"`);
    asked.add(name);
    if (Object.hasOwn(cells, name)) return cells[name] as R;
    const weight = options.units ?? 1;
    const keeping: Record<string, Tensor> = {};
    const startOfCell = log.mark();
    // Whether the disk holds a point within this cell: then that, and not the cell's start, is where to go on.
    let within = saved?.state.current?.cell === name;
    const stopAtStart = (signal: NodeJS.Signals): never => {
      if (!within) save(null, {}, startOfCell);
      throw new Interrupted(signal);
    };
    const handle: Cell = {
      name,
      restored: restoredState(name),
      rng: (...key: readonly KeyPart[]) => keyedRng(config.seed, [experiment.name, name, ...key]),
      metric: (values) => log.append({ cell: name, ...values }),
      keep(tensors) {
        for (const [key, value] of Object.entries(tensors)) keeping[`kept/${name}/${key}`] = value;
      },
      async safePoint(step, done, capture, label) {
        progress.update(units + weight * done, planned, label === undefined ? name : `${name}  ${label}`);
        await turn();
        const stop = interrupt.signal;
        if (capture !== undefined && (stop !== undefined || due())) {
          const { json = null, tensors = {} } = await capture();
          checkFinite(name, json);
          const state = underState(tensors);
          save({ cell: name, step, json }, { ...keeping, ...state }, log.mark());
          within = true;
        }
        if (stop !== undefined) stopAtStart(stop);
      },
    };
    progress.update(units, planned, name);
    await turn();
    if (interrupt.signal !== undefined) stopAtStart(interrupt.signal);
    const result = throughJson(await body(handle));
    cells[name] = result;
    Object.assign(kept, keeping);
    units += weight;
    if (due()) save(null, {}, log.mark());
    return result;
  }

  function checkFinite(name: string, json: Json): void {
    const path = findNonFinite(json);
    if (path === undefined) return;
    throw new Error(`${experiment.name}: cell "${name}" captured a number that JSON cannot hold at ${path}`);
  }

  function restoredState(name: string): Restored | undefined {
    const current = saved?.state.current;
    if (saved === undefined || !current || current.cell !== name) return undefined;
    return { step: current.step, json: current.json, tensors: tensorsUnder(saved.tensors, "state/") };
  }

  const run: Run<Config> = {
    config: config.config,
    seed: config.seed,
    preset: config.preset,
    data: config.data ?? undefined,
    rng: (...key) => keyedRng(config.seed, [experiment.name, ...key]),
    plan(total) {
      planned = total;
    },
    cell,
    kept: (name) => tensorsUnder(kept, `kept/${name}/`),
    note: (text) => progress.note(text),
  };

  try {
    const { data, results } = await experiment.run(run);
    progress.update(planned, planned, "done");
    save(null, {}, log.mark());
    const summary: Summary = {
      experiment: experiment.name,
      preset: config.preset,
      seed: config.seed,
      data,
      seconds: Math.round(elapsed() * 1000) / 1000,
      results,
      published: comparable(experiment, config.config),
    };
    writeAtomic(files.summary, `${JSON.stringify(summary, null, 2)}\n`);
    return summary;
  } finally {
    progress.end();
    log.close();
  }
}

/** What was published for this configuration. */
function comparable<Config extends Settings>(
  experiment: Experiment<Config>,
  config: Config,
): readonly Published[] {
  const source = experiment.publishedFor?.(config);
  return experiment.published.filter((entry) => source === undefined || entry.source === source);
}

function underState(tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`state/${name}`, value]));
}

function now(): number {
  return performance.now() / 1000;
}
