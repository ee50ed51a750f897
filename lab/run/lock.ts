import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OccupiedFolderError } from "./errors.ts";

/**
 * Keeps two processes from writing one run. A process that was killed leaves its lock, which the next one takes: it
 * holds the process's id and, where the system tells it (Linux), its start, since ids are given again.
 * @returns what releases it, if it is still this process's.
 * @throws OccupiedFolderError while the owner is alive.
 */
export function lockRun(folder: string): () => void {
  const path = join(folder, "lock");
  const own = `${process.pid} ${startOf(process.pid)}\n`;
  acquire(folder, path, own);
  return () => {
    if (read(path) === own) rmSync(path);
  };
}

/**
 * Of all that try at once one succeeds: a link appears with its content or not at all, and a dead owner's lock is
 * replaced by whoever holds the lock beside it, in one step, so that there is never none.
 */
function acquire(folder: string, path: string, own: string): void {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, own);
  try {
    for (;;) {
      try {
        linkSync(mine, path);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const held = read(path);
      // Released meanwhile.
      if (held === undefined) continue;
      refuseIfAlive(folder, path, held);
      const beside = `${path}.takeover`;
      acquire(folder, beside, own);
      try {
        if (read(path) !== held) continue;
        renameSync(mine, path);
        return;
      } finally {
        rmSync(beside, { force: true });
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

function refuseIfAlive(folder: string, path: string, held: string): void {
  const [pid = "", start = ""] = held.trim().split(" ");
  if (Number(pid) === process.pid || !isAlive(Number(pid)) || startOf(Number(pid)) !== start) return;
  throw new OccupiedFolderError(
    `${folder} is being written by process ${pid}. If that is no run, delete ${path}.`,
  );
}

/** Undefined where there is none. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "EISDIR") throw new OccupiedFolderError(`${path} is a folder, where a run keeps its lock`);
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Ticks from boot to the process's start; empty where there is no /proc. */
function startOf(pid: number): string {
  try {
    // The name, in brackets, may hold spaces; the start is the 20th field after it.
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
