/** The command on both of its engines: the same tests, so that neither knows anything that the other does not. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundled } from "../test/bundled.ts";
import { type Started, start, startWith, until } from "../test/process.ts";
import { hasRedis, hasTls, type RedisServer, startRedis } from "../test/redis.ts";
import type { SweepRecord } from "./record.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sweep-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
});

/** The command as it is started from a clone, and the same compiled, for the many processes of queues. */
const source = "lab/test/main.ts";
const compiled = bundled({ main: source });
const main = join(compiled, "main.js");
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

const record = (out: string): SweepRecord => JSON.parse(readFileSync(join(out, "sweep.json"), "utf8"));
const statuses = (out: string): string[] => record(out).runs.map(({ status }) => status);
const results = (out: string) => record(out).runs.map(({ id, results }) => ({ id, results }));

/** The runs that a process computes at this moment. */
function locks(place: string): string[] {
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .map((name) => join(place, name, "lock"))
    .filter((lock) => existsSync(lock));
}

interface Engine {
  /** What starts its sweeps. */
  readonly main: string;
  /** The sweep's arguments. */
  readonly args: readonly string[];
  /** Where its runs are computed. */
  places(out: string): string[];
  /** kill -9 of what computes a run. */
  kill(out: string): void;
  stop(): Promise<void>;
}

const onProcesses = async (): Promise<Engine> => ({
  main: source,
  args: ["--jobs", "2"],
  places: (out) => [out],
  kill(out) {
    process.kill(Number(readFileSync(locks(out)[0]!, "utf8").split(" ")[0]), "SIGKILL");
  },
  stop: async () => {},
});

const SEEN_DEAD = ["--lock-seconds", "2"];

async function onQueue(): Promise<Engine & { redis: RedisServer; workers: Started[] }> {
  const home = join(folder, "redis");
  mkdirSync(home);
  const redis = await startRedis(home);
  const place = (i: number): string => join(folder, `worker${i}`);
  const work = (i: number): Started =>
    start(main, "work", "--redis", redis.url, "--jobs", "1", ...SEEN_DEAD, "--out", place(i));
  const workers = [work(0), work(1)];
  return {
    main,
    redis,
    workers,
    args: ["--redis", redis.url],
    places: () => [place(0), place(1)],
    kill() {
      const busy = [0, 1].find((i) => locks(place(i)).length > 0)!;
      workers[busy]!.child.kill("SIGKILL");
      workers.push(work(busy));
    },
    async stop() {
      for (const { child } of workers) child.kill("SIGKILL");
      await Promise.all(workers.map(({ ended }) => ended));
      await redis.stop();
    },
  };
}

const engines = [
  { name: "processes", launch: onProcesses, there: true },
  { name: "a queue", launch: onQueue, there: hasRedis },
] as const;

describe.each(engines.filter(({ there }) => there))(
  "a sweep on $name",
  { timeout: 120_000 },
  ({ launch }) => {
    let engine: Engine;
    beforeEach(async () => {
      engine = await launch();
    });
    afterEach(() => engine.stop());
    const sweep = (...args: string[]): Started =>
      start(engine.main, "sweep", "counting", ...args, ...engine.args);
    const computing = (out: string): boolean => engine.places(out).some((place) => locks(place).length > 0);

    test("runs everything once; what was killed is taken up again; again it does nothing", async () => {
      const out = join(folder, "a");
      const args = ["--vary", "steps=20,30", "--set", "cells=2", "--set", "pause=20", "--best", "max"];
      const first = sweep(...args, "--out", out);
      await until(() => computing(out), 60);
      engine.kill(out);
      expect(await first.ended, first.text()).toBe(0);
      expect(statuses(out)).toStrictEqual(["done", "done"]);
      const before = record(out);

      const again = sweep(...args, "--out", out);
      expect(await again.ended, again.text()).toBe(0);
      expect(record(out)).toStrictEqual(before);

      const calm = start(
        engine.main,
        "sweep",
        "counting",
        ...args,
        "--jobs",
        "1",
        "--out",
        join(folder, "b"),
      );
      expect(await calm.ended, calm.text()).toBe(0);
      expect(results(out)).toStrictEqual(results(join(folder, "b")));

      const different = sweep("--seeds", "5", "--out", out);
      expect(await different.ended).toBe(1);
      expect(different.text()).toContain("holds another sweep");
    });

    test("Ctrl-C stops after safe points, and the same command goes on", async () => {
      const out = join(folder, "a");
      const args = ["--seeds", "0-2", "--set", "pause=30", "--out", out];
      const first = sweep(...args);
      await until(() => computing(out), 60);
      first.child.kill("SIGINT");
      expect(await first.ended, first.text()).toBe(130);
      expect(statuses(out)).toContain("waiting");
      expect(computing(out)).toBe(false);
      const again = sweep(...args);
      expect(await again.ended, again.text()).toBe(0);
      expect(statuses(out)).toStrictEqual(["done", "done", "done"]);
    });

    test("a run that fails by itself stands in the record with its error, and is not tried again", async () => {
      const out = join(folder, "a");
      const args = ["--vary", "strict=true,false", "--set", "steps=1", "--each", "--out", out];
      const first = sweep(...args);
      expect(await first.ended, first.text()).toBe(0);
      expect(record(out).runs).toMatchObject([
        { status: "failed", results: [], error: expect.stringContaining("DataError: the data set mnist") },
        { status: "done", error: null },
      ]);
      expect(first.text().match(/^failed {2}steps|^failed {2}strict/gm)).toHaveLength(2);
      const status = start(engine.main, "sweep", "--status", "--out", out);
      expect(await status.ended).toBe(0);
      expect(status.text()).toContain("counting: 1 done, 1 failed, 0 to do");
    });
  },
);

describe.skipIf(!hasRedis)("a queue", { timeout: 120_000 }, () => {
  let engine: Awaited<ReturnType<typeof onQueue>>;
  beforeEach(async () => {
    engine = await onQueue();
  });
  afterEach(() => engine.stop());

  test("keeps everything while workers and Redis are killed, and tells nobody the password", async () => {
    const { redis } = engine;
    const out = join(folder, "a");
    const args = ["--vary", "steps=20,30", "--seeds", "0-1", "--set", "pause=20", "--best", "max"];
    const first = start(main, "sweep", "counting", ...args, ...engine.args, "--each", "--out", out);
    const ended = (): number => first.text().match(/^done /gm)?.length ?? 0;
    const computing = (): boolean => engine.places(out).some((place) => locks(place).length > 0);
    await until(computing, 60);
    const [pid] = readFileSync(engine.places(out).flatMap(locks)[0]!, "utf8").split(" ");
    for (const what of ["cmdline", "environ"]) {
      expect(readFileSync(`/proc/${pid}/${what}`, "utf8")).not.toContain(redis.password);
    }
    await redis.crash();
    await until(() => ended() >= 1 && computing(), 60);
    engine.kill(out);
    await until(() => ended() >= 2, 60);
    await redis.crash();
    expect(await first.ended, first.text()).toBe(0);
    expect(first.text()).toContain("is away; waiting for it.");
    expect(ended()).toBe(4);
    const calm = start(main, "sweep", "counting", ...args, "--jobs", "1", "--out", join(folder, "b"));
    expect(await calm.ended, calm.text()).toBe(0);
    expect(results(out)).toStrictEqual(results(join(folder, "b")));

    const said = [first, ...engine.workers].map(({ text }) => text()).join("");
    expect(said).not.toContain(redis.password);
    for (const place of [out, ...engine.places(out)]) {
      for (const name of readdirSync(place, { recursive: true, encoding: "utf8" })) {
        if (!/\.(json|jsonl|html)$/.test(name)) continue;
        expect(readFileSync(join(place, name), "utf8")).not.toContain(redis.password);
      }
    }
  });

  test("a worker's Ctrl-C gives its run back, and another takes it", async () => {
    const out = join(folder, "a");
    const [first, second] = engine.workers;
    const sweep = start(main, "sweep", "counting", "--set", "pause=30", ...engine.args, "--out", out);
    const places = engine.places(out);
    await until(() => places.some((place) => locks(place).length > 0), 60);
    const busy = locks(places[0]!).length > 0 ? first! : second!;
    busy.child.kill("SIGINT");
    expect(await busy.ended, busy.text()).toBe(130);
    expect(await sweep.ended, sweep.text()).toBe(0);
    expect(statuses(out)).toStrictEqual(["done"]);
    const status = start(main, "sweep", "--status", ...engine.args, "--out", out);
    expect(await status.ended, status.text()).toBe(0);
    expect(status.text()).toContain("0 waiting, 0 running, 0 to be fetched by their sweeps; 1 workers");
  });

  test("a worker that lacks what a run needs refuses it, for one that has it", async () => {
    const args = ["--set", "device=webgpu", "--out", join(folder, "a")];
    const sweep = start(main, "sweep", "counting", ...args, ...engine.args);
    await until(() => sweep.text().includes("refuses: device webgpu is not here"), 60);
    sweep.child.kill("SIGINT");
    expect(await sweep.ended, sweep.text()).toBe(130);
    expect(statuses(join(folder, "a"))).toStrictEqual(["waiting"]);
  });

  test("one signal ends a worker while Redis is away: its run is saved, and another takes it", async () => {
    const out = join(folder, "a");
    const args = ["--set", "pause=30", "--set", "steps=60"];
    const sweep = start(main, "sweep", "counting", ...args, ...engine.args, "--out", out);
    const places = engine.places(out);
    await until(() => places.some((place) => locks(place).length > 0), 60);
    const busy = places.findIndex((place) => locks(place).length > 0);
    await engine.redis.stop();
    const { child, ended, text } = engine.workers[busy]!;
    child.kill("SIGTERM");
    expect(await ended, text()).toBe(143);
    expect(text()).toContain("does not answer: it gives the runs to others when it is back.");
    const [run] = readdirSync(places[busy]!);
    expect(readdirSync(join(places[busy]!, run!))).toContain("checkpoint.safetensors");
    await engine.redis.crash();
    expect(await sweep.ended, sweep.text()).toBe(0);
    expect(statuses(out)).toStrictEqual(["done"]);
  });
});

test.skipIf(!hasTls)(
  "TLS: a queue is reached by those who know its authority, and by nobody else",
  async () => {
    const redis = await startRedis(folder, { tls: true });
    const args = ["--redis", redis.url, "--out"];
    const known = { NODE_EXTRA_CA_CERTS: redis.authority };
    const worker = startWith(known, main, "work", ...args, join(folder, "worker"));
    try {
      const stranger = start(main, "sweep", "counting", ...args, join(folder, "a"));
      const sweep = startWith(known, main, "sweep", "counting", ...args, join(folder, "b"));
      expect(await sweep.ended, sweep.text()).toBe(0);
      expect(statuses(join(folder, "b"))).toStrictEqual(["done"]);
      expect(await stranger.ended).toBe(1);
      expect(stranger.text()).toMatch(/RedisError: rediss:\/\/127\.0\.0\.1:\d+: self-signed certificate/);
    } finally {
      worker.child.kill("SIGKILL");
      await worker.ended;
      await redis.stop();
    }
  },
  120_000,
);
