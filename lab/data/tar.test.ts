import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataError } from "../run/errors.ts";
import { extractTar, tarEntries } from "./tar.ts";

interface Fields {
  readonly name: string;
  readonly content?: string;
  readonly type?: string;
  readonly prefix?: string;
  readonly magic?: string;
  /** What the header says instead of the content's size. */
  readonly stated?: readonly number[];
}

/** One entry: header and content, padded to blocks. */
function entry({
  name,
  content = "",
  type = "0",
  prefix = "",
  magic = "ustar\u000000",
  stated = [],
}: Fields): Uint8Array {
  const size = new TextEncoder().encode(content).length;
  const block = new Uint8Array(512 + Math.ceil(size / 512) * 512);
  const write = (at: number, text: string) => block.set(new TextEncoder().encode(text), at);
  write(0, name);
  write(100, "0000644\0");
  write(124, `${size.toString(8).padStart(11, "0")}\0`);
  block.set(stated, 124);
  write(148, "        ");
  write(156, type);
  write(257, magic);
  write(345, prefix);
  const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0);
  write(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  write(512, content);
  return block;
}

const END = new Uint8Array(1024);

function archive(...entries: Uint8Array[]): Uint8Array {
  return Buffer.concat(entries);
}

/** In chunks of 100 bytes, so that headers and contents are cut. */
async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

async function list(bytes: Uint8Array): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { path, body } of tarEntries(chunks(bytes), "f")) {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    found.push([path, Buffer.concat(parts).toString()]);
  }
  return found;
}

describe("tarEntries", () => {
  test("yields files and folders with their contents, in order", async () => {
    const long = "x".repeat(1300);
    const bytes = archive(
      entry({ name: "d/", type: "5" }),
      entry({ name: "d/empty" }),
      entry({ name: "d/long", content: long }),
      entry({ name: "exact", content: "y".repeat(512), type: "\0" }),
      END,
    );
    expect(await list(bytes)).toEqual([
      ["d/", ""],
      ["d/empty", ""],
      ["d/long", long],
      ["exact", "y".repeat(512)],
    ]);
  });

  test("what is left unread is skipped", async () => {
    const names: string[] = [];
    const bytes = archive(entry({ name: "a", content: "z".repeat(900) }), entry({ name: "b" }), END);
    for await (const { path } of tarEntries(chunks(bytes), "f")) names.push(path);
    expect(names).toEqual(["a", "b"]);
  });

  test("reads ustar prefixes, pax and GNU long names, for one entry each", async () => {
    const path = `${"deep/".repeat(40)}ü.npy`;
    const record = ` path=${path}\n`;
    const bytes = new TextEncoder().encode(record).length;
    const pax = `${bytes + 3}${record}`;
    const tar = archive(
      entry({ name: "tail", prefix: "front/of/path" }),
      entry({ name: "pax", type: "x", content: pax }),
      entry({ name: "cut", content: "1" }),
      entry({ name: "././@LongLink", type: "L", content: `${path}\0`, magic: "ustar  \0" }),
      entry({ name: "cut", content: "2", magic: "ustar  \0" }),
      entry({ name: "plain", content: "3" }),
      END,
    );
    expect(await list(tar)).toEqual([
      ["front/of/path/tail", ""],
      [path, "1"],
      [path, "2"],
      ["plain", "3"],
    ]);
  });

  test("a size beyond octal digits is read as binary", async () => {
    const stated = [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];
    expect(await list(archive(entry({ name: "b", content: "hello", stated }), END))).toEqual([
      ["b", "hello"],
    ]);
  });

  test("a damaged archive is named, with what was expected and what was found", async () => {
    const whole = entry({ name: "a", content: "z".repeat(900) });
    const flipped = whole.slice();
    flipped[3] = 1;
    await expect(list(flipped)).rejects.toThrow(/f: expected a tar header with checksum \d+, found checksum/);
    await expect(list(whole.subarray(0, 700))).rejects.toThrow("more bytes of contents of a, found the end");
    await expect(list(whole)).rejects.toThrow("f: expected 512 more bytes of header block");
    await expect(list(archive(entry({ name: "l", type: "2" }), END))).rejects.toThrow(
      'f: expected files and folders, found an entry of type "2" (l)',
    );
    await expect(list(new Uint8Array(0))).rejects.toThrow(DataError);
    await expect(
      list(archive(entry({ name: "p", type: "x", content: "12 size=abc\n" }), entry({ name: "a" }), END)),
    ).rejects.toThrow('f: expected digits as a size in a pax record, found "abc"');
  });

  test("a long name that no memory holds is an error", async () => {
    const stated = [0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
    await expect(list(entry({ name: "l", type: "L", stated }))).rejects.toThrow(
      "f: expected a long name that fits into memory, found",
    );
  });
});

describe("extractTar", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hardgrad-tar-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("unpacks a gzip archive and returns the files", async () => {
    const file = join(folder, "a.tar.gz");
    writeFileSync(
      file,
      gzipSync(archive(entry({ name: "d/one", content: "1" }), entry({ name: "two" }), END)),
    );
    const out = join(folder, "out");
    expect(await extractTar(file, out)).toEqual([join("d", "one"), "two"]);
    expect(readFileSync(join(out, "d/one"), "utf8")).toBe("1");
    expect(existsSync(join(out, "two"))).toBe(true);
  });

  test("a truncated archive leaves no file under its name", async () => {
    const file = join(folder, "a.tar");
    writeFileSync(file, entry({ name: "data.npy", content: "z".repeat(900) }).subarray(0, 800));
    await expect(extractTar(file, join(folder, "out"))).rejects.toThrow(DataError);
    expect(readdirSync(join(folder, "out"))).not.toContain("data.npy");
  });

  test.each([".", "", "./"])("a file named %j is refused", async (name) => {
    const path = join(folder, "a.tar");
    writeFileSync(path, archive(entry({ name, content: "x", type: "7" }), END));
    if (name.endsWith("/")) return expect(await extractTar(path, folder)).toEqual([]);
    await expect(extractTar(path, folder)).rejects.toThrow("names of files");
    return expect(readdirSync(folder)).toEqual(["a.tar"]);
  });

  test("a path that leaves the folder is refused", async () => {
    for (const name of ["../escape", "/absolute", "a/../../escape"]) {
      const file = join(folder, "evil.tar");
      writeFileSync(file, archive(entry({ name, content: "1" }), END));
      await expect(extractTar(file, join(folder, "out"))).rejects.toThrow("expected paths inside the folder");
      expect(existsSync(join(folder, "escape"))).toBe(false);
    }
  });
});
