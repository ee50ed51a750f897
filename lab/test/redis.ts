import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface RedisServer {
  readonly url: string;
  readonly password: string;
  /** The file of the authority behind its certificate, where it speaks TLS. */
  readonly authority: string;
  /** kill -9, and the same server on its append-only file again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export const hasRedis = there(
  "redis-server --version",
  "no redis-server; the tests of sweeps over machines are",
);
export const hasTls =
  hasRedis &&
  there("openssl version", "no openssl; the test of TLS is") &&
  there("redis-cli --tls --version", "a Redis without TLS; the test of it is");

function there(command: string, unless: string): boolean {
  const [file, ...args] = command.split(" ");
  try {
    execFileSync(file!, args, { stdio: "ignore" });
    return true;
  } catch {
    console.warn(`${unless} skipped`);
    return false;
  }
}

/** A server of the test's own, with a password and an append-only file in `folder`. */
export async function startRedis(folder: string, { tls = false } = {}): Promise<RedisServer> {
  const port = await freePort();
  const password = "a-password-of-the-test";
  const [authority, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  if (tls) {
    const words = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=test -addext subjectAltName=IP:127.0.0.1`;
    execFileSync("openssl", [...words.split(" "), "-keyout", key, "-out", authority], { stdio: "ignore" });
  }
  let child = launch();
  await answers();

  function launch() {
    const door = tls
      ? `--port 0 --tls-port ${port} --tls-cert-file ${authority} --tls-key-file ${key} --tls-auth-clients no`
      : `--port ${port}`;
    const words = `${door} --bind 127.0.0.1 --appendonly yes --requirepass ${password} --dir ${folder}`;
    return spawn("redis-server", [...words.split(" "), "--save", ""], { stdio: "ignore" });
  }
  async function answers(): Promise<void> {
    const args = ["-p", String(port), "-a", password, "--no-auth-warning", "ping"];
    if (tls) args.unshift("--tls", "--cacert", authority);
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
    url: `${tls ? "rediss" : "redis"}://:${password}@127.0.0.1:${port}`,
    password,
    authority,
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
