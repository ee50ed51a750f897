import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DataError, Interrupted } from "../../lab/run/errors.ts";
import { execute } from "../../lab/run/execute.ts";
import { interruptedAt, undisturbed } from "../../lab/test/lives.ts";
import { presets } from "./config.ts";
import { ARCHIVE, readPublishedMaps } from "./published-maps.ts";
import { warcraft } from "./run.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hardgrad-warcraft-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function npy(descr: string, shape: readonly number[], body: Uint8Array): Uint8Array {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = `${text.padEnd(117)}\n`;
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length, 0]);
  return Buffer.concat([start, Buffer.from(header), body]);
}

/** @param stated what each header says instead of the size. */
function tar(files: Readonly<Record<string, Uint8Array>>, stated: readonly number[] = []): Uint8Array {
  const blocks = Object.entries(files).map(([name, content]) => {
    const block = Buffer.alloc(512 + Math.ceil(content.length / 512) * 512);
    block.write(name, 0);
    block.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
    block.set(stated, 124);
    block.write("        0", 148);
    const sum = block.subarray(0, 512).reduce((a, b) => a + b, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    block.set(content, 512);
    return block;
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

const SIDE = 2;
const COUNT = 3;
const PIXELS = SIDE * 8;

/** Three maps of 2 × 2 cells; a pixel's red is its column, its green its row, its blue its map. */
function files(): Record<string, Uint8Array> {
  const maps = new Uint8Array(COUNT * PIXELS * PIXELS * 3);
  for (let p = 0; p < maps.length / 3; p++) {
    maps[3 * p] = p % PIXELS;
    maps[3 * p + 1] = Math.floor(p / PIXELS) % PIXELS;
    maps[3 * p + 2] = Math.floor(p / PIXELS / PIXELS);
  }
  const paths = Uint8Array.from({ length: COUNT * 4 }, (_, i) => [1, 0, 0, 1][i % 4]!);
  // Half precision: 1, 2, 0.5, 1.5.
  const weights = new Uint16Array(COUNT * 4).map((_, i) => [0x3c00, 0x4000, 0x3800, 0x3e00][i % 4]!);
  const made: Record<string, Uint8Array> = {};
  for (const split of ["train", "val", "test"]) {
    made[`${split}_maps.npy`] = npy("|u1", [COUNT, PIXELS, PIXELS, 3], maps);
    made[`${split}_shortest_paths.npy`] = npy("|u1", [COUNT, SIDE, SIDE], paths);
    made[`${split}_vertex_weights.npy`] = npy("<f2", [COUNT, SIDE, SIDE], new Uint8Array(weights.buffer));
  }
  return made;
}

function archive(inside: string, contents: Record<string, Uint8Array> = files()): void {
  const named = Object.entries(contents).map(([name, content]) => [`${inside}${name}`, content]);
  writeFileSync(join(folder, ARCHIVE), tar(Object.fromEntries(named) as Record<string, Uint8Array>));
}

async function check(): Promise<void> {
  const { train, test: tested, val } = await readPublishedMaps(folder, SIDE, { train: 2, test: 1000 });
  expect(val).toBeUndefined();
  expect([train!.count, tested!.count]).toEqual([2, 3]);
  expect([...train!.costs]).toEqual([1, 2, 0.5, 1.5, 1, 2, 0.5, 1.5]);
  expect([...train!.paths]).toEqual([1, 0, 0, 1, 1, 0, 0, 1]);
  // Cell by cell: cell 3 of map 2 begins at row 8, column 8.
  const out = new Float32Array(1 + 4 * 192);
  tested!.paint(2, out, 1);
  const bytes = Array.from(out.subarray(1), (level) => Math.round((level + 1) * 127.5));
  expect(bytes.slice(3 * 192, 3 * 192 + 6)).toEqual([8, 8, 2, 9, 8, 2]);
  expect(bytes.slice(3 * 192 + 24, 3 * 192 + 27)).toEqual([8, 9, 2]);
  expect(bytes.slice(192, 195)).toEqual([8, 0, 2]);
}

test("maps are read from the archive, wherever in it the folder of their size is", async () => {
  archive("warcraft/2x2/");
  await check();
});

test("maps are read from unpacked files", async () => {
  for (const place of [folder, join(folder, "2x2")]) {
    mkdirSync(place, { recursive: true });
    for (const [name, content] of Object.entries(files())) writeFileSync(join(place, name), content);
    await check();
    for (const name of Object.keys(files())) rmSync(join(place, name));
  }
});

test("errors say which file is wrong, and how", async () => {
  const read = () => readPublishedMaps(folder, SIDE, { train: 1, test: 1 });
  await expect(read()).rejects.toThrow(DataError);
  await expect(read()).rejects.toThrow(
    `${folder}: expected warcraft_maps.tar.gz, or 2x2/train_maps.npy and its like, found an empty folder`,
  );

  archive("12x12/");
  await expect(read()).rejects.toThrow("2x2/train_maps.npy");
  await expect(read()).rejects.toThrow("found maps of 12x12");

  archive("2x2/", { ...files(), "test_maps.npy": npy("|u1", [3, 8, 8, 3], new Uint8Array(3 * 8 * 8 * 3)) });
  await expect(read()).rejects.toThrow(
    "2x2/test_maps.npy: expected shape (3, 16, 16, 3), found shape (3, 8, 8, 3)",
  );

  const nan = npy("<f4", [3, 2, 2], new Uint8Array(new Float32Array(12).fill(Number.NaN).buffer));
  archive("2x2/", { ...files(), "train_vertex_weights.npy": nan });
  await expect(read()).rejects.toThrow("train_vertex_weights.npy: expected finite costs >= 0, found NaN");

  const { "test_shortest_paths.npy": _, ...incomplete } = files();
  archive("2x2/", incomplete);
  await expect(read()).rejects.toThrow("2x2/test_shortest_paths.npy");

  const small = { "2x2/train_maps.npy": new Uint8Array(1) };
  writeFileSync(join(folder, ARCHIVE), tar(small, [0x80, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]));
  await expect(read()).rejects.toThrow(
    `${ARCHIVE}:2x2/train_maps.npy: expected a file that fits into memory`,
  );

  const whole = tar(Object.fromEntries(Object.entries(files()).map(([name, c]) => [`2x2/${name}`, c])));
  writeFileSync(join(folder, ARCHIVE), whole.subarray(0, whole.length / 2));
  await expect(read()).rejects.toThrow("truncated or damaged");

  writeFileSync(join(folder, ARCHIVE), "an error page");
  await expect(read()).rejects.toThrow(DataError);
});

test.each([
  ["nothing marked", [0, 0, 0, 0], "0 in cell 0"],
  ["other numbers than 0 and 1", [1, 7, 0, 1], "7 in cell 1"],
  ["the wrong corners", [0, 1, 1, 0], "0 in cell 0"],
  ["one corner alone", [1, 1, 0, 0], "0 in cell 3"],
])("a shortest path with %s is an error that names file and map", async (_, path, found) => {
  const paths = npy("|u1", [COUNT, SIDE, SIDE], Uint8Array.of(1, 0, 0, 1, ...path, 1, 0, 0, 1));
  archive("2x2/", { ...files(), "test_shortest_paths.npy": paths });
  await expect(readPublishedMaps(folder, SIDE, { train: 1, test: 2 })).rejects.toThrow(
    new DataError(
      `${join(folder, ARCHIVE)}:2x2/test_shortest_paths.npy: expected paths of 0 and 1 through both corners, found ${found} of map 1`,
    ),
  );
});

test("a run resumed on other maps is refused, on moved ones it goes on", async () => {
  archive("2x2/");
  const [out, moved] = [join(folder, "run"), join(folder, "moved")];
  for (const name of [out, moved]) mkdirSync(name);
  cpSync(join(folder, ARCHIVE), join(moved, ARCHIVE));
  const config = { ...presets.quick, methods: ["imle-map"], side: SIDE, batch: 1, epochs: 1, hidden: [2] };
  const run = (data: string, execution = undisturbed) =>
    execute(warcraft, out, { experiment: "warcraft", preset: "quick", seed: 3, data, config }, execution);
  await expect(run(folder, interruptedAt(5))).rejects.toThrow(Interrupted);
  const black = npy("|u1", [COUNT, PIXELS, PIXELS, 3], new Uint8Array(COUNT * PIXELS * PIXELS * 3));
  archive("2x2/", { ...files(), "test_maps.npy": black });
  await expect(run(folder)).rejects.toThrow(
    /expected the data that the run began with, Warcraft maps: 3 for/,
  );
  expect((await run(moved)).data).toContain("Warcraft maps: 3 for training");
});
