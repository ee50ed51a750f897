/** Which runs a sweep has: every combination of the varied settings, with every seed. */
import { createHash } from "node:crypto";
import type { Experiment, Preset, Setting, Settings } from "../experiment.ts";
import { UsageError } from "../run/errors.ts";
import { applySettings } from "../run/settings.ts";

/** What a worker is told: names and texts, checked by `run` as on the command line. */
export interface Job {
  /** Also the name of the run's folder. */
  readonly id: string;
  readonly experiment: string;
  readonly preset: Preset;
  readonly seed: number;
  /** `key=value`, in the order in which they apply. */
  readonly set: readonly string[];
  /** The varied settings alone. */
  readonly settings: Readonly<Record<string, Setting>>;
}

export interface Variation {
  readonly key: string;
  readonly values: readonly string[];
}

/** More is a slip of the command line, not a wish. */
const MOST = 100_000;

/** @throws UsageError naming the part of the command line that is wrong. */
export function planJobs(
  experiment: Experiment,
  preset: Preset,
  set: readonly string[],
  variations: readonly Variation[],
  seeds: readonly number[],
): Job[] {
  const count = variations.reduce((product, { values }) => product * values.length, seeds.length);
  if (count > MOST) throw new UsageError(`sweep: ${count} runs, expected at most ${MOST}`);
  let combinations: string[][] = [[]];
  for (const { key, values } of variations) {
    combinations = combinations.flatMap((pairs) => values.map((value) => [...pairs, `${key}=${value}`]));
  }
  return combinations.flatMap((pairs) => {
    const config = applySettings(experiment.presets[preset], [...set, ...pairs]);
    const settings = Object.fromEntries(variations.map(({ key }) => [key, config[key]!]));
    try {
      experiment.check?.(config);
    } catch (error) {
      if (error instanceof RangeError) throw new UsageError(`sweep: ${pairs.join(" ")}: ${error.message}`);
      throw error;
    }
    return seeds.map((seed) => {
      const job = { experiment: experiment.name, preset, seed, set: [...set, ...pairs], settings };
      return { id: nameOf(pairs, seed, job), ...job };
    });
  });
}

/** What a run is configured to, checks that its values fit together apart. */
export function configOf(experiment: Experiment, { preset, set }: Pick<Job, "preset" | "set">): Settings {
  return applySettings(experiment.presets[preset], set);
}

/** `lambda=1,10`: a setting that is a list is varied by single values. */
export function parseVariations(texts: readonly string[]): Variation[] {
  const variations = texts.map((text) => {
    const at = text.indexOf("=");
    const values = text.slice(at + 1).split(",");
    if (at < 1 || values.includes("")) {
      throw new UsageError(`--vary expected key=value,value,…, got "${text}"`);
    }
    if (new Set(values).size < values.length) throw new UsageError(`--vary names a value twice: "${text}"`);
    return { key: text.slice(0, at), values };
  });
  const keys = variations.map(({ key }) => key);
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw new UsageError(`--vary names "${twice}" twice`);
  return variations;
}

/** `0-4`, `7` or `0-2,10`. */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(",").flatMap((part) => {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (match === null || to < from || to - from >= MOST) {
      throw new UsageError(`--seeds expected such as 0-4 or 0,1,7, got "${text}"`);
    }
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  if (new Set(seeds).size < seeds.length) throw new UsageError(`--seeds names a seed twice: "${text}"`);
  return seeds;
}

/** Readable, safe in every file system, and different for different runs. */
function nameOf(pairs: readonly string[], seed: number, job: object): string {
  const words = [...pairs, `seed${seed}`].join("_").replace(/[^\w=.,-]+/g, "~");
  const digest = createHash("sha256").update(JSON.stringify(job)).digest("hex").slice(0, 8);
  return `${words.slice(0, 100).replace(/^\.+/, "")}-${digest}`;
}
