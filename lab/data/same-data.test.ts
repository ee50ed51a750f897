import { describe, expect, test } from "vitest";
import type { Run } from "../experiment.ts";
import { DataError } from "../run/errors.ts";
import { sameData } from "./same-data.ts";

/** A run on a folder, whose cells remember what an earlier one returned. */
function runOn(data: string | undefined, cells: Map<string, unknown>): Run {
  return {
    data,
    async cell(name: string, body: () => unknown) {
      if (!cells.has(name)) cells.set(name, body());
      return cells.get(name);
    },
  } as unknown as Run;
}

describe("sameData", () => {
  const begin = async (): Promise<Map<string, unknown>> => {
    const cells = new Map();
    await sameData(runOn("a", cells), "2 images", [Uint8Array.of(1, 2), Float32Array.of(3)]);
    return cells;
  };

  test("accepts the same contents in another folder", async () => {
    const cells = await begin();
    const moved = [Uint8Array.of(0, 1, 2).subarray(1), Float32Array.of(3)];
    await expect(sameData(runOn("b", cells), "2 images", moved)).resolves.toBeUndefined();
  });

  test("refuses other contents, and says which were expected and which were found", async () => {
    const cells = await begin();
    const refused = (words: string, ...contents: (Uint8Array | Float32Array)[]) =>
      expect(sameData(runOn("b", cells), words, contents)).rejects;
    await refused("2 images", Uint8Array.of(1, 3), Float32Array.of(3)).toThrow(DataError);
    await refused("1 image", Uint8Array.of(1), Float32Array.of(3)).toThrow(
      /^b: expected the data that the run began with, 2 images \(sha256 [0-9a-f]{16}…\), found 1 image \(sha256/,
    );
    // The same bytes, divided otherwise.
    const bytes = new Uint8Array(Float32Array.of(3).buffer);
    await refused("2 images", Uint8Array.of(1), Uint8Array.of(2, ...bytes)).toThrow(DataError);
  });

  test("leaves made data alone", async () => {
    const cells = new Map();
    await sameData(runOn(undefined, cells), "made", [Uint8Array.of(1)]);
    expect(cells.size).toBe(0);
  });
});
