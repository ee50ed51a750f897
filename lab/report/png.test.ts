import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { colorRamp, pngUrl } from "./png.ts";

test("a picture has its header, palette and rows in whole chunks", () => {
  const url = pngUrl(3, 2, Uint8Array.of(0, 1, 2, 2, 1, 0), ["#000000", "#ff8000", "#ffffff"]);
  const bytes = Buffer.from(url.slice("data:image/png;base64,".length), "base64");
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  const chunks = new Map<string, Buffer>();
  let at = 8;
  while (at < bytes.length) {
    const length = bytes.readUInt32BE(at);
    chunks.set(bytes.subarray(at + 4, at + 8).toString(), bytes.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "PLTE", "IDAT", "IEND"]);
  expect(Array.from(chunks.get("IHDR")!)).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0]);
  expect(chunks.get("PLTE")!.toString("hex")).toBe("000000ff8000ffffff");
  expect(Array.from(inflateSync(chunks.get("IDAT")!))).toEqual([0, 0, 1, 2, 0, 2, 1, 0]);
  // The checksum of the empty end chunk is the same in every PNG.
  expect(bytes.subarray(-4).toString("hex")).toBe("ae426082");
});

test("pixels must fill the picture", () => {
  expect(() => pngUrl(2, 2, new Uint8Array(3), ["#000000"])).toThrow("pixels expected 4 entries, got 3");
});

test("a ramp runs through the given colours", () => {
  expect(colorRamp(["#000000", "#ffffff"], 3)).toEqual(["#000000", "#808080", "#ffffff"]);
  expect(colorRamp(["#000000", "#ff0000", "#ff00ff"], 3)).toEqual(["#000000", "#ff0000", "#ff00ff"]);
});
