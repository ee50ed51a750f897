import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { OccupiedFolderError } from "./errors.ts";
import { lockRun } from "./lock.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a lock is there until it is released", () => {
  const release = lockRun(folder);
  expect(existsSync(join(folder, "lock"))).toBe(true);
  release();
  expect(existsSync(join(folder, "lock"))).toBe(false);
});

test("a living process keeps its lock, a dead one does not", async () => {
  const script = `import { lockRun } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
    lockRun(${JSON.stringify(folder)}); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]);
  await once(child.stdout, "data");
  expect(() => lockRun(folder)).toThrow(OccupiedFolderError);
  expect(() => lockRun(folder)).toThrow(`process ${child.pid}`);
  child.kill("SIGKILL");
  await once(child, "close");
  lockRun(folder)();
});

test.each(["", "nonsense", "-1 0", "999999999 5"])("a lock of %j is taken", (content) => {
  writeFileSync(join(folder, "lock"), content);
  lockRun(folder)();
});
