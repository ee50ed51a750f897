/** The connection to Redis; BullMQ and its client are loaded only here, when a command asks for them. */
import type * as BullMQ from "bullmq";
import type { Redis, RedisOptions } from "ioredis";
import { RedisError } from "../run/errors.ts";
import type { RedisAddress } from "./redis-address.ts";

export interface Connection {
  readonly bullmq: typeof BullMQ;
  readonly client: Redis;
  /** Whether Redis keeps an append-only file. */
  readonly durable: boolean;
  /** Calls back whenever Redis is there again after it was away. */
  onReturn(back: () => void): void;
  close(): void;
}

/** All sweeps of a database share one queue, so that a worker needs no list of them. */
export const QUEUE = "hardgrad";
export const PREFIX = "sweep";
const MEGABYTE = 2 ** 20;

/**
 * Later losses of the connection are waited out, and told by `note`.
 * @throws RedisError where Redis does not answer now, or the packages are missing.
 */
export async function connect(address: RedisAddress, note: (text: string) => void): Promise<Connection> {
  const { bullmq, Client } = await load();
  const { host, port, db, username, password, shown } = address;
  const options: RedisOptions = {
    host,
    port,
    db,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(address.tls ? { tls: {} } : {}),
    lazyConnect: true,
    maxRetriesPerRequest: null,
  };
  const durable = await probe(new Client({ ...options, retryStrategy: () => null }), shown);
  const client = new Client({
    ...options,
    retryStrategy: (times) => Math.min(100 * times, 2000),
  });
  const backs: (() => void)[] = [];
  let away = false;
  // Every failed attempt is an error event; one word is enough.
  client.on("error", () => {});
  client.on("close", () => {
    if (!away) note(`${shown} is away; waiting for it.`);
    away = true;
  });
  client.on("ready", () => {
    if (away) note(`${shown} is back.`);
    if (away) for (const back of backs) back();
    away = false;
  });
  await client.connect();
  return {
    bullmq,
    client,
    durable,
    onReturn: (back) => void backs.push(back),
    close() {
      client.removeAllListeners("close");
      client.disconnect();
    },
  };
}

export function openQueue({ bullmq, client }: Connection): BullMQ.Queue {
  const queue = new bullmq.Queue(QUEUE, {
    connection: client,
    prefix: PREFIX,
    // Events only wake whoever listens; what happened stands with the jobs.
    streams: { events: { maxLen: 1000 } },
  });
  queue.on("error", () => {});
  return queue;
}

async function load(): Promise<{ bullmq: typeof BullMQ; Client: typeof Redis }> {
  try {
    const [bullmq, { Redis: Client }] = await Promise.all([import("bullmq"), import("ioredis")]);
    return { bullmq, Client };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new RedisError(
      "--redis needs the packages bullmq and ioredis: npm ci --include=dev. Without --redis nothing is needed.",
    );
  }
}

/** @returns whether the append-only file is on. */
async function probe(client: Redis, shown: string): Promise<boolean> {
  let reason = "";
  client.on("error", (error) => {
    reason = error.message || String((error as NodeJS.ErrnoException).code);
  });
  try {
    await client.connect();
    const info = await client.info();
    const [, major = "0", minor = "0"] = /redis_version:(\d+)\.(\d+)/.exec(info) ?? [];
    if (Number(major) * 100 + Number(minor) < 602) {
      throw new Error(`it is version ${major}.${minor}, expected 6.2 or later`);
    }
    const memory = /maxmemory:(\d+)/.exec(info)?.[1];
    const policy = /maxmemory_policy:(\S+)/.exec(info)?.[1];
    if (Number(memory) > 0 && policy !== "noeviction") {
      throw new Error(
        `it drops what it holds beyond ${Math.round(Number(memory) / MEGABYTE)} MB (maxmemory-policy ${policy}), expected noeviction`,
      );
    }
    return info.includes("aof_enabled:1");
  } catch (error) {
    throw new RedisError(`${shown}: ${reason || (error instanceof Error ? error.message : String(error))}`);
  } finally {
    client.disconnect();
  }
}
