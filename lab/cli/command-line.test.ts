import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Experiment } from "../experiment.ts";
import { type CountingConfig, counting } from "../test/counting.ts";
import { commandLine } from "./command-line.ts";

let folder = "";
const here = process.cwd();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cli-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.restoreAllMocks();
});

const byLabel: Experiment<CountingConfig> = {
  ...counting,
  name: "by-label",
  datasetFor: ({ label }) => (label === "digits" ? "mnist" : undefined),
};

/** Its report looks for a result. */
const needy: Experiment<CountingConfig> = {
  ...counting,
  name: "needy",
  report: ({ summary }) => ({
    lead: summary.results.find((r) => r.method === "cell0")!.metric,
    sections: [],
  }),
};

/** Runs a command in this process, and returns its exit code and what it printed. */
async function cli(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const collect = (...words: unknown[]): void => void lines.push(words.join(" "));
  vi.spyOn(console, "log").mockImplementation(collect);
  vi.spyOn(console, "error").mockImplementation(collect);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  const code = await commandLine(args, [
    { name: "counting", load: async () => counting },
    { name: "needy", load: async () => needy as unknown as Experiment },
    { name: "by-label", load: async () => byLabel as unknown as Experiment },
  ]);
  vi.restoreAllMocks();
  return { code, text: lines.join("\n") };
}

describe("run", () => {
  test("writes the five files and says where the report is", async () => {
    const out = join(folder, "a");
    const { code, text } = await cli("run", "counting", "--out", out);
    expect(text).toContain(`Report: ${join(out, "report.html")}`);
    expect(code).toBe(0);
    expect(readdirSync(out).sort()).toStrictEqual([
      "checkpoint.safetensors",
      "config.json",
      "metrics.jsonl",
      "report.html",
      "summary.json",
    ]);
    const summary = JSON.parse(readFileSync(join(out, "summary.json"), "utf8"));
    expect(Object.keys(summary)).toStrictEqual([
      "experiment",
      "preset",
      "seed",
      "data",
      "seconds",
      "results",
      "published",
    ]);
    expect(summary.results[0]).toMatchObject({ method: "cell0", metric: "mean", runs: 3 });
  });

  test("by default goes into a folder named after experiment, preset and seed", async () => {
    const cwd = vi.spyOn(process, "cwd").mockReturnValue(folder);
    cwd.mockRestore();
    process.chdir(folder);
    try {
      expect((await cli("run", "counting", "--preset", "paper", "--seed", "7")).code).toBe(0);
      const first = await cli();
      expect(first.text).toContain("Report: runs/counting-quick-seed0/report.html");
      expect(first.text).not.toContain("starts anew");
      // Once more is no error without a command: the report is there.
      expect(await cli()).toMatchObject({ code: 0 });
    } finally {
      process.chdir(here);
    }
    expect(existsSync(join(folder, "runs", "counting-paper-seed7", "report.html"))).toBe(true);
  });

  test.each([
    [["run", "counting", "--set", "speed=1"], 'unknown key "speed"'],
    [["run", "counting", "--set", "steps=x"], "steps expected a number"],
    [["run", "counting", "--set", "steps=0"], "steps expected at least 1, got 0"],
    [["run", "counting", "--preset", "long"], 'expected quick or paper, got "long"'],
    [["run", "counting", "--seed", "-1"], "--seed"],
    [["run", "counting", "--seed", "1.5"], "--seed expected"],
    [["run", "counting", "--sed", "1"], "--sed"],
    [["run", "nothing"], 'no experiment is named "nothing", expected one of counting'],
    [["run"], "expected one name of counting"],
    [["sweep"], "expected one name of counting"],
    [["data"], "expected one name of mnist, "],
    [["data", "nothing"], 'no data set is named "nothing", expected one of mnist, '],
    [["walk"], 'unknown command "walk"'],
    [["list", "x"], "expected no name"],
    [["report"], "expected one run folder or more"],
    [["record"], "expected one run folder or more"],
  ])("%j is an error of use, and nothing is written", async (args, message) => {
    process.chdir(folder);
    try {
      const { code, text } = await cli(...args);
      expect(text).toContain(message);
      expect(code).toBe(2);
    } finally {
      process.chdir(here);
    }
    expect(readdirSync(folder)).toStrictEqual([]);
  });

  test("a folder that holds another run, or anything else, is left as it is", async () => {
    const out = join(folder, "a");
    await cli("run", "counting", "--out", out);
    const before = readFileSync(join(out, "config.json"), "utf8");
    const other = await cli("run", "counting", "--seed", "1", "--set", "rates=7", "--out", out, "--resume");
    expect(other.text).toContain("OccupiedFolderError");
    expect(other.text).toContain("seed: 0 there, 1 asked; rates: [0.5,1] there, [7] asked");
    expect(other.code).toBe(1);
    expect(readFileSync(join(out, "config.json"), "utf8")).toBe(before);

    const full = join(folder, "full");
    mkdirSync(full);
    writeFileSync(join(full, "thesis.txt"), "");
    expect((await cli("run", "counting", "--out", full)).text).toContain("holds no run (thesis.txt)");
    expect(readdirSync(full)).toStrictEqual(["thesis.txt"]);
  });

  test("--resume says when there is nothing to go on with, and only then", async () => {
    const out = join(folder, "a");
    const anew = `Nothing to go on with in ${out}: it starts anew.`;
    expect((await cli("run", "counting", "--out", out, "--resume")).text).toContain(anew);
    rmSync(join(out, "summary.json"));
    expect((await cli("run", "counting", "--out", out, "--resume")).text).not.toContain("anew");
    rmSync(join(out, "summary.json"));
    rmSync(join(out, "checkpoint.safetensors"));
    expect((await cli("run", "counting", "--out", out, "--resume")).text).toContain(anew);
    expect((await cli("run", "counting", "--out", join(folder, "b"))).text).not.toContain("anew");
  });

  test("the same run again tells about --resume, and --resume where its report is", async () => {
    const out = join(folder, "a");
    await cli("run", "counting", "--out", out);
    const again = await cli("run", "counting", "--out", out);
    expect(again.text).toContain("holds this very run, which is complete");
    expect(again.text).toContain("give another --out or delete the folder");
    expect(again.code).toBe(1);
    rmSync(join(out, "summary.json"));
    expect((await cli("run", "counting", "--out", out)).text).toContain("was not finished. Add --resume");
    expect((await cli("run", "counting", "--out", out, "--resume")).text).toContain("Done in");
    expect(await cli("run", "counting", "--out", out, "--resume")).toMatchObject({ code: 0 });
  });

  test("--resume on a folder that a kill left without a configuration begins", async () => {
    const out = join(folder, "a");
    mkdirSync(out);
    writeFileSync(join(out, "config.json.tmp"), '{"exp');
    expect((await cli("run", "counting", "--out", out, "--resume")).code).toBe(0);
  });

  test("damaged files are named", async () => {
    const out = join(folder, "a");
    await cli("run", "counting", "--out", out);
    for (const name of ["config.json", "summary.json", "checkpoint.safetensors", "metrics.jsonl"]) {
      const path = join(out, name);
      const good = readFileSync(path);
      writeFileSync(path, "{}\n[");
      if (name === "metrics.jsonl") writeFileSync(path, "x\n");
      const { code, text } = await cli("report", out);
      expect(text).toContain(`DamagedRunError: ${path} is damaged`);
      expect(code).toBe(1);
      writeFileSync(path, good);
    }
  });

  test("a report that does not find in a run what it needs says so, without a stack", async () => {
    const out = join(folder, "a");
    await cli("run", "needy", "--out", out);
    const path = join(out, "summary.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), results: [] }));
    const { code, text } = await cli("report", out);
    expect(text).toContain(`DamagedRunError: ${out} holds no whole run of needy`);
    expect(code).toBe(1);
    const { data: _, ...rest } = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify(rest));
    expect((await cli("report", out)).text).toContain("summary.json is damaged");
  });

  test("data that a configuration needs is asked for before anything is written", async () => {
    const out = join(folder, "a");
    process.chdir(folder);
    try {
      const { code, text } = await cli("run", "counting", "--set", "strict=true", "--out", out);
      expect(text).toContain("train-images-idx3-ubyte.gz  from https://");
      expect(text).toContain("npm start -- data mnist");
      expect(text).toContain("data/mnist/");
      expect(code).toBe(1);
      expect((await cli("run", "counting", "--data", "nowhere", "--out", out)).text).toContain("nowhere");
    } finally {
      process.chdir(here);
    }
    expect(existsSync(out)).toBe(false);
  });

  test("a machine that lacks what a configuration needs says so before anything is written", async () => {
    const out = join(folder, "a");
    const args = ["run", "counting", "--set", "device=webgpu", "--out", out];
    expect(await cli(...args)).toStrictEqual({ code: 1, text: "ExperimentError: device webgpu is not here" });
    expect(existsSync(out)).toBe(false);
    // What was computed elsewhere is still read.
    await cli("run", "counting", "--out", out);
    const path = join(out, "config.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"here"', '"webgpu"'));
    expect((await cli(...args, "--resume")).text).toContain("is complete");
  });

  test("a sweep says so once, before anything is written", async () => {
    const out = join(folder, "a");
    const args = ["sweep", "counting", "--vary", "device=here,webgpu", "--seeds", "0-2", "--out", out];
    expect(await cli(...args)).toStrictEqual({ code: 1, text: "ExperimentError: device webgpu is not here" });
    expect(existsSync(out)).toBe(false);
  });

  test("a data folder may be given itself or by its parent, and a resumed run remembers it", async () => {
    const parent = join(folder, "sets");
    mkdirSync(join(parent, "mnist"), { recursive: true });
    for (const file of ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]) {
      writeFileSync(join(parent, "mnist", `${file}-ubyte.gz`), "");
    }
    const out = join(folder, "a");
    await cli("run", "counting", "--data", parent, "--out", out);
    const config = JSON.parse(readFileSync(join(out, "config.json"), "utf8"));
    expect(config.data).toBe(join(parent, "mnist"));
    expect(JSON.parse(readFileSync(join(out, "summary.json"), "utf8")).data).toBe("given");
    rmSync(join(out, "summary.json"));
    expect((await cli("run", "counting", "--out", out, "--resume")).text).toContain("Done in");
    expect(JSON.parse(readFileSync(join(out, "summary.json"), "utf8")).data).toBe("given");
  });
});

describe("list, report, help", () => {
  test("list names experiments with their settings, and data sets", async () => {
    const { code, text } = await cli("list");
    expect(text).toContain("counting              Counts random bits. Data: mnist.");
    expect(text).toContain("paper: cells=3 steps=40");
    expect(text).toContain("kuramoto-sivashinsky");
    expect(code).toBe(0);
  });

  test("a report needs nothing but itself, and escapes what it shows", async () => {
    const out = join(folder, "a");
    await cli("run", "counting", "--out", out);
    rmSync(join(out, "report.html"));
    expect((await cli("report", out)).code).toBe(0);
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page).toContain("Kept 3 &lt;tensors&gt; &amp; <strong>60</strong> lines.");
    expect(page).toContain('<svg role="img" aria-label="Sums against steps"');
    expect(page).toContain("<td>folklore</td>");
    expect(page).not.toMatch(/<script|<link|src=|url\((?!#)/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("one page over several runs has their numbers side by side", async () => {
    const [a, b] = [join(folder, "first"), join(folder, "second")];
    await cli("run", "counting", "--out", a);
    await cli("run", "counting", "--seed", "1", "--out", b);
    const out = join(folder, "pages", "both.html");
    const { text } = await cli("report", a, b, "--out", out, "--figures", join(folder, "figures"));
    expect(text).toContain(`Report: ${out}`);
    const page = readFileSync(out, "utf8");
    expect(page).toMatch(/<th class="right">first<\/th>.*<th class="right">second<\/th>/);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(readdirSync(join(folder, "figures"))).toStrictEqual(["counting-sums.svg"]);
  });

  test("a run that was not finished has no report", async () => {
    const out = join(folder, "a");
    await cli("run", "counting", "--out", out);
    rmSync(join(out, "summary.json"));
    const { code, text } = await cli("report", out);
    expect(text).toContain("not finished");
    expect(code).toBe(1);
    expect((await cli("report", resolve(folder, "nowhere"))).text).toContain("is missing");
  });

  test("help tells the commands", async () => {
    for (const word of ["help", "--help", "-h"])
      expect((await cli(word)).text).toContain("Usage: npm start --");
  });
});

describe("record", () => {
  const results = (): string => join(folder, "results");
  const kept = () => JSON.parse(readFileSync(join(results(), "counting.json"), "utf8"));

  test("keeps a run's results, the command without this machine's paths, and what made them", async () => {
    const parent = join(folder, "mnist");
    mkdirSync(parent);
    for (const file of ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]) {
      writeFileSync(join(parent, `${file}-ubyte.gz`), "");
    }
    const out = join(folder, "a");
    await cli("run", "counting", "--set", "steps=6", "--set", "rates=1,2", "--data", parent, "--out", out);
    expect(await cli("record", out, "--out", results())).toMatchObject({ code: 0 });
    const { quick } = kept();
    expect(quick.command).toBe(
      "npm start -- run counting --preset quick --seed 0 --set steps=6 --set rates=1,2 --data DIR",
    );
    expect(quick.summary).toStrictEqual(JSON.parse(readFileSync(join(out, "summary.json"), "utf8")));
    expect(quick.origins).toHaveLength(1);
    expect(quick.origins[0].commit).toMatch(/^([0-9a-f]{40}(-dirty)?|version \d.*)$/);
    expect(quick.origins[0].machine).toContain(`Node ${process.versions.node}`);
    expect(JSON.stringify(quick)).not.toContain(folder);
  });

  test("one more name is one more record, the same name replaces", async () => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    await cli("run", "counting", "--out", a);
    await cli("run", "counting", "--seed", "1", "--out", b);
    const both = await cli("record", a, b, "--out", results());
    expect(both).toMatchObject({ code: 2 });
    expect(both.text).toContain('two runs of counting would be "quick"');
    expect(existsSync(results())).toBe(false);
    await cli("record", a, "--out", results());
    await cli("record", b, "--as", "other", "--out", results());
    expect(Object.keys(kept())).toStrictEqual(["quick", "other"]);
    await cli("record", b, "--out", results());
    expect(kept().quick).toStrictEqual(kept().other);
  });

  test("a run that went on with other code has both origins, a finished one no more of them", async () => {
    const out = join(folder, "a");
    await cli("run", "counting", "--out", out);
    const path = join(out, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8"));
    const earlier = { ...config.origins[0], commit: "0".repeat(40) };
    writeFileSync(path, JSON.stringify({ ...config, origins: [earlier] }));
    await cli("run", "counting", "--out", out, "--resume");
    await cli("record", out, "--out", results());
    expect(kept().quick.origins).toStrictEqual([earlier]);
    rmSync(join(out, "summary.json"));
    await cli("run", "counting", "--out", out, "--resume");
    await cli("record", out, "--out", results());
    expect(kept().quick.origins).toStrictEqual([earlier, config.origins[0]]);
  });

  test("a run from before runs knew their code needs its commit", async () => {
    const out = join(folder, "a");
    await cli("run", "counting", "--out", out);
    const path = join(out, "config.json");
    const { origins: _, ...config } = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify(config));
    const refused = await cli("record", out, "--out", results());
    expect(refused.text).toContain("does not know which code made it: give its commit with --commit");
    expect(refused.code).toBe(2);
    expect(await cli("record", out, "--commit", "abc", "--out", results())).toMatchObject({ code: 0 });
    expect(kept().quick.origins[0].commit).toBe("abc");
  });

  test.each([
    ["config.json", "{", "config.json is damaged"],
    ["summary.json", '{"results": 1}', "summary.json is damaged"],
    ["summary.json", undefined, "not finished"],
    ["metrics.jsonl", "", "metrics.jsonl is damaged"],
  ])("a run whose %s is %j is refused, and nothing is written", async (file, text, message) => {
    const [good, bad] = [join(folder, "good"), join(folder, "bad")];
    await cli("run", "counting", "--out", good);
    await cli("run", "counting", "--preset", "paper", "--out", bad);
    if (text === undefined) rmSync(join(bad, file));
    else writeFileSync(join(bad, file), text);
    const { code, text: said } = await cli("record", good, bad, "--out", results());
    expect(said).toContain(message);
    expect(code).toBe(1);
    expect(existsSync(results())).toBe(false);
  });
});

test("a sweep knows the data set that its settings choose, and is on one", async () => {
  const out = join(folder, "sweep");
  const several = await cli("sweep", "by-label", "--vary", "label=digits,words", "--out", out);
  expect(several.text).toContain("a sweep is on one data set, this one on mnist, made data");
  expect(several.code).toBe(2);
  const missing = await cli("sweep", "by-label", "--set", "label=digits", "--data", folder, "--out", out);
  expect(missing.text).toContain("the data set mnist is not complete");
  expect(existsSync(out)).toBe(false);
});
