import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { computed } from "../test/computed.ts";
import { start, until } from "../test/process.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "process-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const execute = promisify(execFile);
const main = fileURLToPath(new URL("../test/main.ts", import.meta.url));

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

const settings = ["--set", "steps=40", "--set", "pause=3", "--checkpoint-seconds", "0.01"];

test("killed again and again, a run still comes to the same files", { timeout: 60_000 }, async () => {
  const whole = join(folder, "whole");
  const out = join(folder, "killed");
  const expected = start(main, "run", "counting", ...settings, "--out", whole);
  let kills = 0;
  for (;;) {
    const before = sizeOf(join(out, "metrics.jsonl"));
    const run = start(main, "run", "counting", ...settings, "--out", out, "--resume");
    // Each time further on than the last, and at another place within a step.
    await until(() => sizeOf(join(out, "metrics.jsonl")) > before + 2500 || run.child.exitCode !== null);
    if (run.child.exitCode === null) {
      await sleep(kills % 4);
      run.child.kill("SIGKILL");
      kills += 1;
    }
    const code = await run.ended;
    if (code === 0) break;
    expect(code).toBe("SIGKILL");
  }
  expect(await expected.ended).toBe(0);
  expect(kills).toBeGreaterThan(1);
  expect(computed(out)).toStrictEqual(computed(whole));
  expect(readdirSync(out).sort()).toStrictEqual(readdirSync(whole).sort());
});

test("Ctrl-C leaves a run that the printed command resumes", { timeout: 60_000 }, async () => {
  const out = join(folder, "it's here");
  const run = start(main, "run", "counting", ...settings, "--set", "label=a b", "--out", out);
  await until(() => sizeOf(join(out, "metrics.jsonl")) > 500);
  run.child.kill("SIGINT");
  expect(await run.ended).toBe(130);
  const command = /npm start -- (.*--resume)/.exec(run.text())?.[1];
  expect(command).toBe(
    `run counting --preset quick --seed 0 --set steps=40 --set pause=3 --set 'label=a b' --out '${out.replace("'", "'\\''")}' --resume`,
  );
  const { stdout } = await execute("sh", ["-c", `'${process.execPath}' --import tsx '${main}' ${command}`]);
  expect(stdout).toContain("Done in");
});

test("a second Ctrl-C ends at once, in the middle of a step", { timeout: 60_000 }, async () => {
  const out = join(folder, "slow");
  const slow = start(main, "run", "counting", "--set", "pause=60000", "--out", out);
  await until(() => sizeOf(join(out, "metrics.jsonl")) > 0);
  slow.child.kill("SIGINT");
  await until(() => slow.text().includes("Once more to end at once"));
  await sleep(400);
  slow.child.kill("SIGINT");
  expect(await slow.ended).toBe("SIGINT");
});
