/**
 * What an experiment is.
 *
 * To write one, make a folder `experiments/<name>/` with `config.ts`, `data.ts`, `model.ts`, `run.ts`, `README.md`,
 * export an `Experiment` from `run.ts`, and add a line to `experiments/experiments.ts`:
 *
 *     export type CoinConfig = { runs: number; steps: number };      // a type, flat: numbers, booleans, strings, lists
 *
 *     export const coin: Experiment<CoinConfig> = {
 *       name: "coin",
 *       description: "Means of coin flips.",
 *       presets: { quick: { runs: 3, steps: 10 }, paper: { runs: 100, steps: 1000 } },
 *       published: [{ method: "fair", metric: "mean", value: 0.5, source: "folklore" }],
 *       async run(run) {
 *         const { runs, steps } = run.config;
 *         run.plan(runs);
 *         const means: number[] = [];
 *         for (let r = 0; r < runs; r++) {
 *           means.push(await run.cell(`fair/${r}`, async (cell) => {
 *             let sum = (cell.restored?.json as number | undefined) ?? 0;
 *             for (let step = (cell.restored?.step ?? -1) + 1; step < steps; step++) {
 *               sum += cell.rng(step).bits() & 1;
 *               await cell.safePoint(step, (step + 1) / steps, () => ({ json: sum }));
 *             }
 *             cell.metric({ mean: sum / steps });
 *             return sum / steps;
 *           }));
 *         }
 *         return { data: "made by the experiment", results: [result("fair", "mean", means)] };
 *       },
 *       report: (run) => ({ lead: "…", sections: [] }),
 *     };
 *
 * The rules that make a run resume to the same bits:
 * - Work is cut into cells with names. A finished cell's result is in the checkpoint and is returned at once when the
 *   run is resumed; `run` is simply called again.
 * - A long cell (a training) calls `safePoint` after each step, with a function that captures everything its
 *   continuation depends on: named typed arrays as tensors (exact), the rest as JSON. It is called only when a checkpoint is due. On
 *   resume `cell.restored` holds what was captured last, and the step after which it was.
 * - Random numbers come from `cell.rng(…key)` alone, keyed by step, never from a generator that lives across steps.
 * - What is read from the data folder goes through `sameData`, which refuses other contents on resume.
 * - Times may be recorded only under the key `seconds`, in metrics and results: all else is the same after a resume.
 * - Where there are validation and test data, their metrics are named alike, `validation-loss` and `test-loss`: a sweep then
 *   chooses by the first and reports the second.
 * - Heavy modules (jax, highs) are imported inside `run`, so that `list` stays quick. Networks begin with
 *   `await startEngine(config.device)` of `lab/nn/device.ts`, before the module that imports jax, and read with `read`.
 */
import type { Rng } from "../src/contracts.ts";
import type { Report } from "./report/report.ts";
import type { Json, JsonObject } from "./run/json.ts";
import type { KeyPart } from "./run/keyed-rng.ts";
import type { Tensors } from "./run/safetensors.ts";
import type { Preset, Settings } from "./run/settings.ts";
import type { Published, Result, Summary } from "./run/summary.ts";

export type { Preset, Setting, Settings } from "./run/settings.ts";

export interface Experiment<Config extends Settings = Settings> {
  readonly name: string;
  /** One line, for `list`. */
  readonly description: string;
  /** `quick`: under a minute, to see it work. `paper`: the published settings. */
  readonly presets: Readonly<Record<Preset, Config>>;
  /** What the papers report, for the tables: ours beside theirs. */
  readonly published: readonly Published[];
  /** The source of those that a configuration compares with, where they are of several. */
  publishedFor?(config: Config): string;
  /** Names of methods in tables; what the summary calls them where absent. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The data set of `lab/data/datasets.ts` that it can use; `run.data` is its folder when there is one. */
  readonly dataset?: string;
  /** The same where it depends on the configuration. */
  datasetFor?(config: Config): string | undefined;
  /** Whether this configuration cannot do without the data set: then its absence is an error before anything starts. */
  needsData?(config: Config): boolean;
  /** Throws a RangeError where values do not fit together; kinds and keys are checked already. */
  check?(config: Config): void;
  /** Rejects where this machine lacks what the configuration needs, a GPU: before anything is written. */
  requires?(config: Config): Promise<void>;
  run(run: Run<Config>): Promise<Outcome>;
  /** The page's content, from what the run directory holds. */
  report(run: FinishedRun<Config>): Report;
}

/** What `run` returns. */
export interface Outcome {
  /** What the numbers were computed on, in words: "20k of 60k MNIST training images". */
  readonly data: string;
  readonly results: readonly Result[];
}

/** A run in progress. */
export interface Run<Config extends Settings = Settings> {
  readonly config: Config;
  readonly seed: number;
  readonly preset: Preset;
  /** The folder of the data set's files; undefined: make data. */
  readonly data: string | undefined;
  /** The generator of this key under the run's seed. */
  rng(...key: readonly KeyPart[]): Rng;
  /** Says how many units of work are ahead in all, for the ETA. */
  plan(units: number): void;
  /** Does a named piece of work once, however often the run is resumed. */
  cell<R extends Json>(
    name: string,
    body: (cell: Cell) => R | Promise<R>,
    options?: { readonly units?: number },
  ): Promise<R>;
  /** Tensors that a finished cell kept. */
  kept(cell: string): Tensors;
  /** Prints a line without disturbing the progress display. */
  note(text: string): void;
}

/** A piece of work in progress. */
export interface Cell {
  readonly name: string;
  /** Where to go on, if the run was interrupted within this cell. */
  readonly restored: Restored | undefined;
  /** The generator of (seed, cell's name, …key). */
  rng(...key: readonly KeyPart[]): Rng;
  /** Appends a line to metrics.jsonl: one line an evaluation; the cell's name is added. */
  metric(values: JsonObject): void;
  /**
   * A place where the run may be saved and stopped. Await it after each step.
   * @param step the step just done: `restored.step` after a resume.
   * @param done the share of this cell that is done, in [0, 1].
   * @param capture everything that the rest of the cell depends on. Without it a stop here repeats the cell from its
   * last saved point.
   * @param label what the progress line says besides the cell's name: "loss 12.3".
   */
  safePoint(
    step: number,
    done: number,
    capture?: () => State | Promise<State>,
    label?: string,
  ): Promise<void>;
  /** Keeps tensors in the checkpoint after the cell's end: trained parameters. */
  keep(tensors: Tensors): void;
}

/** What a cell's continuation depends on. */
export interface State {
  readonly json?: Json;
  readonly tensors?: Tensors;
}

export interface Restored {
  readonly step: number;
  readonly json: Json;
  readonly tensors: Tensors;
}

/** What a run directory holds, for reports. */
export interface FinishedRun<Config extends Settings = Settings> {
  readonly folder: string;
  readonly config: Config;
  readonly summary: Summary;
  readonly metrics: readonly JsonObject[];
  /** Tensors that cells kept, as `cell/name`. */
  readonly kept: Tensors;
}
