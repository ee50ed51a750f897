import { expect, test, vi } from "vitest";
import { loadHighs } from "../ilp.ts";

test("without the package highs the error says what to install", async () => {
  vi.doMock("highs", () => {
    throw new Error("Cannot find package 'highs'");
  });
  await expect(loadHighs()).rejects.toThrow('hardgrad/ilp needs the package "highs": npm install highs');
  vi.doUnmock("highs");
  expect((await loadHighs()).version.major).toBe(1);
});

test("structures of hardgrad/ilp are disposed by using, where the platform has it", async () => {
  const { ilp } = await import("../ilp.ts");
  const structure = ilp(await loadHighs(), { variables: 1, constraints: [] });
  const symbol = (Symbol as { dispose?: symbol }).dispose;
  const dispose = symbol === undefined ? structure.dispose : (structure as never)[symbol];
  (dispose as () => void)();
  expect(() => structure.map(new Float64Array(1), new Float64Array(1))).toThrow("disposed");
});
