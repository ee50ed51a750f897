import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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

test("of processes that take a lock at once, one holds it, a dead one's too", async () => {
  const module = JSON.stringify(new URL("./lock.ts", import.meta.url).href);
  const path = join(folder, "lock");
  for (const stale of [undefined, "999999999 5\n"]) {
    if (stale !== undefined) writeFileSync(path, stale);
    const script = `import { lockRun } from ${module};
      process.stdin.once("data", (at) => {
        while (Date.now() < Number(at));
        let held = "refused";
        try { lockRun(${JSON.stringify(folder)}); held = "held"; } catch {}
        console.log(held);
        process.stdin.on("data", () => process.exit());
      });
      console.log("ready");`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script]),
    );
    const words = () =>
      Promise.all(children.map(async ({ stdout }) => String((await once(stdout, "data"))[0]).trim()));
    await words();
    const said = words();
    for (const child of children) child.stdin.write(`${Date.now() + 200}`);
    expect((await said).sort()).toEqual(["held", "refused", "refused", "refused"]);
    for (const child of children) child.stdin.write("end");
    await Promise.all(children.map((child) => once(child, "close")));
    expect(readdirSync(folder)).toEqual(["lock"]);
    rmSync(path);
  }
});

test("a process releases its own lock alone, and a folder is no lock", () => {
  const release = lockRun(folder);
  writeFileSync(join(folder, "lock"), "1 5\n");
  release();
  expect(existsSync(join(folder, "lock"))).toBe(true);
  rmSync(join(folder, "lock"));
  mkdirSync(join(folder, "lock"));
  expect(() => lockRun(folder)).toThrow("lock is a folder");
});
