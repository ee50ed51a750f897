import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataError } from "../run/errors.ts";
import type { DatasetFile } from "./dataset.ts";
import { download } from "./download.ts";

const content = Buffer.from(Array.from({ length: 10_000 }, (_, i) => i % 251));
const digest = createHash("sha256").update(content).digest("hex");
let folder = "";
let server: Server;
let base = "";
let ranges: (string | undefined)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "download-"));
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    if (request.url === "/missing") response.writeHead(404).end();
    else if (request.url === "/cut") {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 4000), () => setTimeout(() => response.destroy(), 30));
    } else if (request.url === "/other-range" && from > 0) {
      response
        .writeHead(206, { "content-range": `bytes 0-99/${content.length}` })
        .end(content.subarray(0, 100));
    } else if (request.url === "/little" && from > 0) {
      response
        .writeHead(206, {
          "content-range": `bytes ${from}-${from + 9}/${content.length}`,
          "content-length": 10,
        })
        .end(content.subarray(from, from + 10));
    } else if (request.url === "/unnamed-range" && from > 0) {
      response.writeHead(206).end(content.subarray(from));
    } else if (request.url === "/silent") response.writeHead(200).write(content.subarray(0, 10));
    else if (request.url === "/endless") {
      response.writeHead(200, { "content-length": 2 ** 40 }).write(content);
    } else if (from >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    } else if (request.url === "/whole-only") response.end(content);
    else if (from > 0) {
      const range = `bytes ${from}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { "content-range": range }).end(content.subarray(from));
    } else response.end(content);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function file(...paths: string[]): DatasetFile {
  return { name: "a.bin", urls: paths.map((path) => `${base}${path}`), sha256: digest };
}

test("a file has its name only when it is complete and right", async () => {
  const path = join(folder, "deep", "a.bin");
  let last = 0;
  await download(file("/a"), path, (done) => {
    expect(existsSync(path)).toBe(false);
    last = done;
  });
  expect(last).toBe(content.length);
  expect(readFileSync(path).equals(content)).toBe(true);
  expect(readdirSync(join(folder, "deep"))).toStrictEqual(["a.bin"]);
});

test("a download that was cut short goes on where it stopped", async () => {
  const path = join(folder, "a.bin");
  await expect(download(file("/cut"), path)).rejects.toThrow(DataError);
  expect(existsSync(path)).toBe(false);
  await download(file("/a"), path);
  expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a server without ranges is asked for the whole", async () => {
  const path = join(folder, "a.bin");
  writeFileSync(`${path}.part`, content.subarray(0, 100));
  await download(file("/whole-only"), path);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a part that is already complete needs no more", async () => {
  const path = join(folder, "a.bin");
  writeFileSync(`${path}.part`, content);
  await download(file("/a"), path);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("wrong bytes are thrown away, with both checksums told", async () => {
  const path = join(folder, "a.bin");
  const wrong = { ...file("/a"), sha256: "0".repeat(64) };
  await expect(download(wrong, path)).rejects.toThrow(`has sha256 ${digest}, expected 0000`);
  expect(readdirSync(folder)).toStrictEqual([]);
});

test("the next address is tried, and all failures are told", async () => {
  const path = join(folder, "a.bin");
  await download(file("/missing", "/a"), path);
  expect(existsSync(path)).toBe(true);
  rmSync(path);
  await expect(download(file("/missing"), path)).rejects.toThrow(/missing: answered 404.*\n.*put it at/);
  await expect(download({ ...file(), urls: ["http://127.0.0.1:1/a"] }, path)).rejects.toThrow(
    "fetch failed (",
  );
});

test("a range that was not asked for is refused, and the rest is kept", async () => {
  const path = join(folder, "a.bin");
  writeFileSync(`${path}.part`, content.subarray(0, 4000));
  await expect(download(file("/other-range"), path)).rejects.toThrow("answered with bytes 0-99/10000");
  await download(file("/a"), path);
  expect(readFileSync(path).equals(content)).toBe(true);
});

test("a server that falls silent is given up, and one that announces a terabyte refused", async () => {
  const path = join(folder, "a.bin");
  await expect(download(file("/silent"), path, () => {}, 0.3)).rejects.toThrow("sent nothing for 0.3 s");
  await expect(download(file("/endless"), path)).rejects.toThrow("has 1099511627776 bytes, expected at most");
  server.closeAllConnections();
});

test.each([
  ["/little", "ended after 4010 of 10000 bytes"],
  ["/unnamed-range", "was asked for bytes from 4000 on and answered with bytes that it does not name"],
])("%s, without a checksum to find it out, is not taken for the rest", async (url, message) => {
  const path = join(folder, "a.bin");
  writeFileSync(`${path}.part`, content.subarray(0, 4000));
  const unchecked = { name: "a.bin", urls: [`${base}${url}`] };
  await expect(download(unchecked, path)).rejects.toThrow(message);
  expect(existsSync(path)).toBe(false);
});

test("what came of a longer file is not taken for this one", async () => {
  const path = join(folder, "a.bin");
  writeFileSync(`${path}.part`, Buffer.alloc(12_000));
  const unchecked = { name: "a.bin", urls: [`${base}/a`] };
  await expect(download(unchecked, path)).rejects.toThrow("has 10000 bytes, fewer than the 12000");
  await download(unchecked, path);
  expect(readFileSync(path).equals(content)).toBe(true);
});
