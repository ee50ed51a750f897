/**
 * checkpoint.safetensors: everything a run needs to go on. Tensors are those of the unfinished cell (`state/name`) and
 * those that cells kept (`kept/cell/name`); the rest is JSON in the metadata, under a digest of all of it.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeAtomic } from "./atomic-write.ts";
import { DamagedRunError } from "./errors.ts";
import type { Json } from "./json.ts";
import type { Mark } from "./metrics-log.ts";
import { decodeSafetensors, encodeSafetensors, type Tensors } from "./safetensors.ts";

export interface Checkpoint {
  /** Results of finished cells, by name. */
  readonly cells: Readonly<Record<string, Json>>;
  /** Units of work of the finished cells. */
  readonly units: number;
  /** Where the unfinished cell stands, if it was saved. */
  readonly current: { readonly cell: string; readonly step: number; readonly json: Json } | null;
  /** What of metrics.jsonl belongs to this state. */
  readonly metrics: Mark;
  readonly seconds: number;
}

const FORMAT = "hardgrad run 2";

/** @param identity text that names the run: a checkpoint of another is refused. */
export function writeCheckpoint(path: string, identity: string, state: Checkpoint, tensors: Tensors): void {
  const text = JSON.stringify(state);
  const digest = digestOf(identity, text, tensors);
  writeAtomic(path, encodeSafetensors(tensors, { format: FORMAT, state: text, digest }));
}

/** @throws DamagedRunError if the file is not what `writeCheckpoint` wrote for this run. */
export function readCheckpoint(
  path: string,
  identity: string,
): { readonly state: Checkpoint; readonly tensors: Tensors } | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { tensors, metadata } = decodeSafetensors(readFileSync(path));
    const { format, state, digest } = metadata;
    if (format !== FORMAT || state === undefined) throw new Error(`it is no "${FORMAT}" file`);
    if (digest !== digestOf(identity, state, tensors)) throw new Error("its digest does not fit its content");
    return { state: JSON.parse(state) as Checkpoint, tensors };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DamagedRunError(
      `${path} is damaged: ${reason}. Delete it to compute the run anew with --resume, or give another --out.`,
    );
  }
}

/** The tensors whose names begin with `prefix`, under what follows it. */
export function tensorsUnder(tensors: Tensors, prefix: string): Tensors {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

function digestOf(identity: string, state: string, tensors: Tensors): string {
  const hash = createHash("sha256").update(`${identity}\n${state}\n`);
  for (const name of Object.keys(tensors).sort()) {
    const { dtype, shape, data } = tensors[name]!;
    hash.update(`${name} ${dtype} ${shape.join(",")}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}
