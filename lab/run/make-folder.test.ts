import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "./make-folder.ts";

test("folders are made one in another, and what is there stays", () => {
  const root = mkdtempSync(join(tmpdir(), "folder-"));
  makeFolder(join(root, "a/b/c"));
  makeFolder(join(root, "a/b/c"));
  expect(statSync(join(root, "a/b/c")).isDirectory()).toBe(true);
  writeFileSync(join(root, "file"), "");
  expect(() => makeFolder(join(root, "file/under"))).toThrow("not a directory");
  rmSync(root, { recursive: true });
});

test.skipIf(!existsSync("/proc/self"))(
  "a folder that /proc refuses is an error, not a wait without end",
  () => {
    expect(() => makeFolder("/proc/nope/x")).toThrow("ENOENT");
  },
);
