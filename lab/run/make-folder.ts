import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Makes a folder and those above it, one after the other: Node's recursive mkdir never returns where /proc refuses one. */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder);
    } catch (error) {
      // Another process made it meanwhile.
      if (!(existsSync(folder) && statSync(folder).isDirectory())) throw error;
    }
  }
}
