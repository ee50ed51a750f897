import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Checkpoint } from "../../lab/run/checkpoint.ts";
import { execute } from "../../lab/run/execute.ts";
import { runFiles } from "../../lab/run/run-directory.ts";
import { decodeSafetensors } from "../../lab/run/safetensors.ts";
import { computed } from "../../lab/test/computed.ts";
import { undisturbed } from "../../lab/test/lives.ts";
import { start, until } from "../../lab/test/process.ts";
import { presets } from "./config.ts";
import { warcraft } from "./run.ts";

const main = fileURLToPath(new URL("../../lab/cli/main.ts", import.meta.url));
/** Updates of an epoch. */
const STEPS = 100;
const tiny = { methods: ["adaptive-imle"], side: 3, batch: 4, trainMaps: 4 * STEPS, testMaps: 5, epochs: 2 };

/** The step of the training that the checkpoint holds; −1: none yet. */
function saved(out: string): number {
  const { checkpoint } = runFiles(out);
  if (!existsSync(checkpoint)) return -1;
  const { current } = JSON.parse(decodeSafetensors(readFileSync(checkpoint)).metadata.state!) as Checkpoint;
  return current?.step ?? -1;
}

test("a process killed, then stopped by Ctrl-C within an epoch, comes to the same bits", {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "hardgrad-process-"));
  try {
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    const settings = Object.entries(tiny).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const begin = () =>
      start(main, "run", "warcraft", ...settings, "--checkpoint-seconds", "0", "--out", cut, "--resume");

    const killed = begin();
    await until(() => saved(cut) >= 0);
    killed.child.kill("SIGKILL");
    expect(await killed.ended).toBe("SIGKILL");
    const before = saved(cut);
    expect((before + 1) % STEPS).not.toBe(0);

    const stopped = begin();
    await until(() => saved(cut) > before);
    stopped.child.kill("SIGINT");
    expect(await stopped.ended).toBe(130);

    mkdirSync(whole);
    for (const out of [cut, whole]) {
      await execute(
        warcraft,
        out,
        {
          experiment: "warcraft",
          preset: "quick",
          seed: 0,
          data: null,
          config: { ...presets.quick, ...tiny },
        },
        undisturbed,
      );
    }
    expect(computed(cut)).toStrictEqual(computed(whole));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
