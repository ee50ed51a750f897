import { type ParseArgsConfig, parseArgs } from "node:util";
import { experiments, type Registered } from "../../experiments/experiments.ts";
import { datasets } from "../data/datasets.ts";
import { ExperimentError, Interrupted, UsageError } from "../run/errors.ts";
import { data } from "./data.ts";
import { list } from "./list.ts";
import { record } from "./record.ts";
import { report } from "./report.ts";
import { run } from "./run.ts";
import { sweep, sweepStatus } from "./sweep.ts";
import { work } from "./work.ts";

export const HELP = `Usage: npm start -- <command>

  list                          experiments, their settings, and data sets
  run <experiment>              runs one
    --preset quick|paper        settings to start from (quick)
    --seed N                    (0)
    --set key=value             changes a setting; may be repeated
    --data DIR                  the data set's folder (data/<name>)
    --out DIR                   the run's folder (runs/<experiment>-<preset>-seed<N>)
    --resume                    goes on with an interrupted run, to the same bits
    --checkpoint-seconds N      longest work that a kill can lose (5)
  sweep <experiment>            runs every combination of settings, and compares them
    --vary key=a,b,c            settings to vary; may be repeated
    --seeds 0-4                 (0)
    --preset --set --data       as of run
    --jobs N                    processes at a time (one a processor)
    --redis redis://HOST        on the workers of this Redis instead; rediss:// for TLS
    --metric NAME --best min|max  what the best setting has
    --figures DIR               also saves every figure as an SVG file
    --each                      also a line for every run that ends
    --out DIR                   the sweep's folder (runs/sweep-<experiment>-<preset>)
    --status                    only says how far sweeps are, and with --redis the queue
  work --redis redis://HOST     computes runs of sweeps for this Redis, until Ctrl-C
    --jobs N                    processes at a time (one a processor)
    --data DIR                  the data set's folder, or the folder of several
    --out DIR                   the runs' folder (runs/work)
    --lock-seconds N            a worker silent for so long counts as dead (30)
  report <run…>                 one page over several runs, or one run's anew
    --out FILE                  (runs/report.html, or the run's report.html)
    --figures DIR               also saves every figure as an SVG file
  record <run…>                 keeps runs' results, with what made them, for tables
    --as NAME                   the record's name, where a preset has several (the preset)
    --commit COMMIT             what made a run that does not say so itself
    --out DIR                   (docs/results)
  data <name>                   downloads a data set and checks it
    --data DIR                  only checks this folder

A user and a password for Redis: in its address, or in REDIS_USERNAME and REDIS_PASSWORD.
Without a command it runs the first experiment's quick preset.`;

/** Runs a command and returns the process's exit code. A test brings its own experiments. */
export async function commandLine(
  args: readonly string[],
  known: readonly Registered[] = experiments,
): Promise<number> {
  try {
    await dispatch(args, known);
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (isSystemError(error)) {
      console.error(`FileError: ${explain(error)}`);
      return 1;
    }
    if (error instanceof RangeError && /array length|allocation failed/i.test(error.message)) {
      console.error(`UsageError: a setting asks for more than memory can hold (${error.message})`);
      return 2;
    }
    if (!(error instanceof ExperimentError)) throw error;
    console.error(`${error.name}: ${error.message}`);
    if (error instanceof UsageError) console.error("See npm start -- help");
    return error instanceof UsageError ? 2 : 1;
  }
}

/** What the operating system refused: a full disk, a folder where a file should be, no permission. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === "string";
}

function explain({ code, message, path }: NodeJS.ErrnoException): string {
  const what = message.replace(/^\w+: /, "");
  const where = path === undefined || message.includes(path) ? "" : ` (${path})`;
  const then =
    code === "ENOSPC" ? ". What was saved before is whole: make room, and go on with --resume" : "";
  return `${what}${where}${then}`;
}

async function dispatch([command, ...rest]: readonly string[], known: readonly Registered[]): Promise<void> {
  if (rest.includes("--help") || rest.includes("-h")) {
    console.log(HELP);
    return;
  }
  const names = known.map(({ name }) => name);
  switch (command) {
    case undefined:
      // Once more shall be as friendly as the first time.
      return run(known[0]!.name, { resume: "if-any" }, known);
    case "list":
      parse(rest, {}, 0);
      return list(known);
    case "run": {
      const { values, positionals } = parse(
        rest,
        {
          preset: { type: "string" },
          seed: { type: "string" },
          set: { type: "string", multiple: true },
          data: { type: "string" },
          out: { type: "string" },
          resume: { type: "boolean" },
          "checkpoint-seconds": { type: "string" },
        },
        1,
        names,
      );
      return run(positionals[0]!, values, known);
    }
    case "sweep": {
      const { values, positionals } = parse(rest, {
        vary: { type: "string", multiple: true },
        seeds: { type: "string" },
        preset: { type: "string" },
        set: { type: "string", multiple: true },
        data: { type: "string" },
        out: { type: "string" },
        jobs: { type: "string" },
        redis: { type: "string" },
        metric: { type: "string" },
        best: { type: "string" },
        figures: { type: "string" },
        each: { type: "boolean" },
        status: { type: "boolean" },
      });
      if (values.status === true) return sweepStatus(values.out, values.redis);
      expectNames(positionals, 1, names);
      return sweep(positionals[0]!, values, known);
    }
    case "work": {
      const { values } = parse(
        rest,
        {
          redis: { type: "string" },
          jobs: { type: "string" },
          data: { type: "string" },
          out: { type: "string" },
          "lock-seconds": { type: "string" },
        },
        0,
      );
      return work(values, known);
    }
    case "report": {
      const { values, positionals } = parse(rest, { out: { type: "string" }, figures: { type: "string" } });
      return report(positionals, values, known);
    }
    case "record": {
      const { values, positionals } = parse(rest, {
        as: { type: "string" },
        commit: { type: "string" },
        out: { type: "string" },
      });
      return record(positionals, values, known);
    }
    case "data": {
      const { values, positionals } = parse(
        rest,
        { data: { type: "string" } },
        1,
        datasets.map(({ name }) => name),
      );
      return data(positionals[0]!, values.data);
    }
    case "help":
    case "--help":
    case "-h":
      console.log(HELP);
      return;
    default:
      throw new UsageError(
        `unknown command "${command}", expected list, run, sweep, work, report, record or data`,
      );
  }
}

function parse<O extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: O,
  count?: 0 | 1,
  names: readonly string[] = [],
): ReturnType<typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>> {
  let parsed: ReturnType<typeof parse<O>>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (count !== undefined) expectNames(parsed.positionals, count, names);
  return parsed;
}

function expectNames(given: readonly string[], count: 0 | 1, names: readonly string[]): void {
  if (given.length === count) return;
  const got = given.length === 0 ? "none" : given.join(" ");
  throw new UsageError(
    count === 0 ? `expected no name, got ${got}` : `expected one name of ${names.join(", ")}, got ${got}`,
  );
}
