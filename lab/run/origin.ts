/** Where a run's numbers come from: which code on which machine, and when. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Origin {
  /** With "-dirty" where files had changed since; the package's version where git does not know the folder. */
  readonly commit: string;
  readonly machine: string;
  /** The day, in UTC. */
  readonly date: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export function currentOrigin(): Origin {
  return { commit: currentCommit(), machine: thisMachine(), date: new Date().toISOString().slice(0, 10) };
}

export function thisMachine(): string {
  const processor = cpus()[0]?.model.trim() || "unknown processor";
  return `${processor}, ${availableParallelism()} threads, Node ${process.versions.node}`;
}

/** Of this very folder's git: another's, around an unpacked archive, knows nothing of this code. */
function currentCommit(): string {
  const git = [`--git-dir=${join(ROOT, ".git")}`, `--work-tree=${ROOT}`];
  const describe = ["describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"];
  try {
    return execFileSync("git", [...git, ...describe], { encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    return `version ${version}`;
  }
}
