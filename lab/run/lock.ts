import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomic } from "./atomic-write.ts";
import { OccupiedFolderError } from "./errors.ts";

/**
 * Keeps two processes from writing one run. A process that was killed leaves its lock, which the next one takes: it
 * holds the process's id and, where the system tells it (Linux), its start, since ids are given again.
 * @returns what releases it.
 * @throws OccupiedFolderError while the owner is alive.
 */
export function lockRun(folder: string): () => void {
  const path = join(folder, "lock");
  if (existsSync(path)) {
    const [pid = "", start = ""] = readFileSync(path, "utf8").trim().split(" ");
    if (Number(pid) !== process.pid && isAlive(Number(pid)) && startOf(Number(pid)) === start) {
      throw new OccupiedFolderError(
        `${folder} is being written by process ${pid}. If that is no run, delete ${path}.`,
      );
    }
  }
  writeAtomic(path, `${process.pid} ${startOf(process.pid)}\n`);
  return () => rmSync(path, { force: true });
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
