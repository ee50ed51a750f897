import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export interface RedisServer {
  readonly url: string;
  readonly password: string;
  /** kill -9, and the same server on its append-only file again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export const hasRedis = ((): boolean => {
  try {
    execFileSync("redis-server", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("no redis-server; the tests of sweeps over machines are skipped");
    return false;
  }
})();

/** A server of the test's own, with a password and an append-only file in `folder`. */
export async function startRedis(folder: string): Promise<RedisServer> {
  const port = await freePort();
  const password = "a-password-of-the-test";
  let child = launch();
  await answers();

  function launch() {
    const words = `--port ${port} --bind 127.0.0.1 --appendonly yes --requirepass ${password} --dir ${folder}`;
    return spawn("redis-server", [...words.split(" "), "--save", ""], { stdio: "ignore" });
  }
  async function answers(): Promise<void> {
    const args = ["-p", String(port), "-a", password, "--no-auth-warning", "ping"];
    for (let tries = 0; tries < 200; tries++) {
      try {
        if (execFileSync("redis-cli", args, { encoding: "utf8", stdio: "pipe" }).includes("PONG")) return;
      } catch {
        // Not yet.
      }
      await sleep(50);
    }
    throw new Error("redis-server does not answer");
  }
  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    password,
    async crash() {
      await stop();
      await sleep(300);
      child = launch();
      await answers();
    },
    stop,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
