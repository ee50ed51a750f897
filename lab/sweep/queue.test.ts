/** What a worker takes from the queue, and what it does not. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { loadExperiment } from "../cli/load-experiment.ts";
import { fingerprint } from "../data/fingerprint.ts";
import { UsageError } from "../run/errors.ts";
import { readRun } from "../run/run-directory.ts";
import { counting } from "../test/counting.ts";
import { hasRedis, type RedisServer, startRedis } from "../test/redis.ts";
import { folderOf, type Order, parseOrder } from "./order.ts";
import { LARGEST, pack, unpack } from "./parcel.ts";
import { planJobs } from "./plan.ts";
import { type Connection, connect, openQueue } from "./redis.ts";
import { parseRedisAddress } from "./redis-address.ts";
import { type SweepWorker, startWorker } from "./worker.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "queue-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const job: Order["job"] = { experiment: "counting", preset: "quick", seed: 0, set: ["steps=3"] };
const order: Order = { version: "v1", data: null, job };
const huge = "x".repeat(10_000_000);

const hostile: readonly (readonly [string, unknown, string])[] = [
  ["nothing", undefined, "version is undefined"],
  ["a text", "rm -rf", "version is undefined"],
  ["an unknown experiment", { ...order, job: { ...job, experiment: "miner" } }, 'named "miner"'],
  ["__proto__ for an experiment", { ...order, job: { ...job, experiment: "__proto__" } }, "no experiment"],
  ["a path for an experiment", { ...order, job: { ...job, experiment: "../../x" } }, "no experiment"],
  ["a long name", { ...order, job: { ...job, experiment: huge.slice(0, 1e6) } }, "experiment is"],
  ["another preset", { ...order, job: { ...job, preset: "__proto__" } }, "preset is"],
  ["a seed that is none", { ...order, job: { ...job, seed: "--out=/etc" } }, "seed is"],
  ["an unknown setting", { ...order, job: { ...job, set: ["nodes=1"] } }, 'unknown key "nodes"'],
  ["__proto__ for a setting", { ...order, job: { ...job, set: ["__proto__=1"] } }, "unknown key"],
  ["an option for a setting", { ...order, job: { ...job, set: ["--out=/etc"] } }, "unknown key"],
  ["a wrong value", { ...order, job: { ...job, set: ["steps=many"] } }, "expected a number"],
  ["values that do not fit", { ...order, job: { ...job, set: ["steps=0"] } }, "steps expected at least 1"],
  ["settings that are no list", { ...order, job: { ...job, set: { length: 1e9 } } }, "set is object"],
  ["10 MB of settings", { ...order, job: { ...job, set: [`label=${huge}`] } }, "expected at most 65536"],
];

describe("an order", () => {
  test("with 100 MB of settings is refused", () => {
    const set = Array<string>(10).fill(`label=${huge}`);
    expect(() => parseOrder({ ...order, job: { ...job, set } })).toThrow("settings of 100000070 characters");
  });

  test("names a folder by what is computed, whatever its settings hold", () => {
    const named = (change: Partial<Order["job"]>, data: string | null = null): string =>
      folderOf(parseOrder({ ...order, data, job: { ...job, ...change } }), counting);
    expect(named({})).toMatch(/^counting-quick-seed0-[0-9a-f]{16}$/);
    expect(named({ set: ["steps=3.0"] })).toBe(named({}));
    expect(named({ set: ["label=../../etc"] })).toMatch(/^counting-quick-seed0-[0-9a-f]{16}$/);
    const others = [
      named({ set: ["steps=4"] }),
      named({ preset: "paper" }),
      named({ seed: 1 }),
      named({}, "d"),
    ];
    expect(new Set([named({}), ...others]).size).toBe(5);
  });
});

describe("an address", () => {
  test("takes credentials from itself or from the environment, and shows none", () => {
    const env = { REDIS_USERNAME: "me", REDIS_PASSWORD: "secret" };
    expect(parseRedisAddress("rediss://lab:7000/2", env)).toStrictEqual({
      host: "lab",
      port: 7000,
      db: 2,
      tls: true,
      username: "me",
      password: "secret",
      shown: "rediss://lab:7000/2",
    });
    const own = parseRedisAddress("redis://a:p%40ss@[::1]", env);
    expect(own).toMatchObject({
      host: "::1",
      port: 6379,
      db: 0,
      tls: false,
      username: "a",
      password: "p@ss",
    });
    expect(own.shown).toBe("redis://[::1]:6379");
  });

  test.each(["", "lab:6379", "http://secret@lab", "redis://secret@lab/x", "redis://", "redis://:%@lab"])(
    "%j is an error of use that does not repeat it",
    (text) => {
      const parse = () => parseRedisAddress(text, {});
      expect(parse).toThrow(UsageError);
      expect(parse).not.toThrow("secret");
    },
  );
});

describe("a result", () => {
  const [planned] = planJobs(counting, "quick", [], [], [0]);
  const { quick } = counting.presets;
  const write = (name: string, content: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  beforeEach(() => {
    write("config.json", { experiment: "counting", preset: "quick", seed: 0, data: null, config: quick });
    const made = { data: "made", seconds: 1, results: [], published: [] };
    write("summary.json", { experiment: "counting", preset: "quick", seed: 0, ...made });
  });

  test("comes back as it was", () => {
    writeFileSync(join(folder, "metrics.jsonl"), '{"cell":"ä"}\n');
    writeFileSync(join(folder, "checkpoint.safetensors"), "large");
    const out = join(folder, "out");
    unpack(pack(folder), planned!, out);
    expect(readdirSync(out).sort()).toStrictEqual(["config.json", "metrics.jsonl", "summary.json"]);
    for (const name of readdirSync(out)) {
      expect(readFileSync(join(out, name), "utf8")).toBe(readFileSync(join(folder, name), "utf8"));
    }
    const run = readRun(out, counting);
    expect(run.metrics).toStrictEqual([{ cell: "ä" }]);
    expect(() => run.kept.weights).toThrow("Make it on the machine that computed the run");
  });

  test("that is too large is an error that says where the run is", () => {
    const noise = Array.from({ length: LARGEST / 4 }, (_, i) => ((i * 2654435761) % 2 ** 32).toString(36));
    writeFileSync(join(folder, "metrics.jsonl"), noise.join(""));
    expect(() => pack(folder)).toThrow(
      `at most ${LARGEST} go through the queue. The run is complete in ${folder}`,
    );
  });

  test("of another run, or of none, is refused", () => {
    const parcel = (...texts: unknown[]): string => gzipSync(JSON.stringify(texts)).toString("base64");
    const config = readFileSync(join(folder, "config.json"), "utf8");
    const other = JSON.stringify({
      experiment: "dvae",
      preset: "quick",
      seed: 0,
      data: "made",
      seconds: 1,
      results: [],
      published: [],
    });
    const odd = JSON.stringify({ ...JSON.parse(other), experiment: "counting", results: [{ mean: "<b>" }] });
    const bomb = gzipSync(Buffer.alloc(2 ** 26 + 1)).toString("base64");
    for (const bad of [
      undefined,
      "",
      "x",
      parcel(1),
      parcel(config, "", other),
      parcel(config, "", odd),
      bomb,
    ]) {
      expect(() => unpack(bad, planned!, join(folder, "out"))).toThrow("is not its result");
    }
    expect(existsSync(join(folder, "out", "summary.json"))).toBe(false);
  });
});

test("equal data have equal hashes, wherever they lie", async () => {
  const dataset = { name: "d", description: "", origin: "", files: [{ name: "a", urls: [] }] };
  const hashes: string[] = [];
  for (const [place, content] of ["one", "one", "two"].entries()) {
    const at = join(folder, String(place));
    mkdirSync(at);
    writeFileSync(join(at, "a"), content);
    writeFileSync(join(at, "stray"), String(place));
    hashes.push(await fingerprint(dataset, at));
  }
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});

describe.skipIf(!hasRedis)("a worker", { timeout: 60_000 }, () => {
  let redis: RedisServer;
  let home = "";
  let connection: Connection;
  let queue: Queue;
  let worker: SweepWorker;
  const said: string[] = [];
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "redis-"));
    redis = await startRedis(home);
    connection = await connect(parseRedisAddress(redis.url, {}), () => {});
    queue = openQueue(connection);
    worker = await startWorker({
      connection,
      jobs: 1,
      folder: join(home, "runs"),
      lockSeconds: 30,
      program: ["--import", "tsx", "lab/test/main.ts"],
      version: () => "v1",
      experiment: (name) => loadExperiment(name, [{ name: "counting", load: async () => counting }]),
      data: async () => ({ hash: null, folder: undefined }),
      note: (text) => said.push(text),
    });
  });
  afterAll(async () => {
    await worker.stop("SIGTERM");
    await queue.close();
    connection.close();
    await redis.stop();
    rmSync(home, { recursive: true, force: true });
  });

  async function outcome(id: string): Promise<unknown> {
    for (;;) {
      const held = await queue.getJob(id);
      if (held?.finishedOn !== undefined) return held.returnvalue;
      await sleep(50);
    }
  }

  test.each(hostile)("refuses %s", async (name, order, message) => {
    await queue.add("run", { order }, { jobId: name });
    const { status, error } = (await outcome(name)) as { status: string; error: string };
    expect(status).toBe("failed");
    expect(error).toContain(message);
    expect(error.length).toBeLessThan(1000);
    await queue.remove(name);
    expect(existsSync(join(home, "runs"))).toBe(false);
  });

  test("takes no further part of a job than its order", async () => {
    const data = { order: { ...order, job: { ...job, out: "/etc" } }, result: "../x", folder: "../y" };
    await queue.add("../../z", data, { jobId: "../../passwd" });
    expect(await outcome("../../passwd")).toMatchObject({ status: "done" });
    expect(readdirSync(join(home, "runs"))).toStrictEqual([folderOf(order, counting)]);
  });

  test.each([
    ["code", { ...order, version: "v2" }, "its code is v1, the sweep's v2"],
    ["data", { ...order, data: "abc" }, "its data are none, the sweep's sha256 abc"],
  ])("refuses a job of other %s, names both, and leaves it to others", async (name, order, message) => {
    await queue.add("run", { order }, { jobId: name });
    while (!said.some((text) => text.includes(message))) await sleep(50);
    while ((await queue.getJobState(name)) !== "waiting") await sleep(50);
    expect((await queue.getJob(name))?.progress).toMatchObject({ refused: expect.stringContaining(message) });
    await queue.remove(name);
  });
});

test.skipIf(!hasRedis)("what is no Redis that answers is a named error at once", async () => {
  const address = parseRedisAddress("redis://127.0.0.1:1", {});
  await expect(connect(address, () => {})).rejects.toThrow("redis://127.0.0.1:1: connect ECONNREFUSED");
});
