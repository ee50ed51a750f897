import { expect, test } from "vitest";
import { createProgress, duration } from "./progress.ts";

function capture(isTTY: boolean): { text: string[]; output: { isTTY: boolean; write(t: string): void } } {
  const text: string[] = [];
  return { text, output: { isTTY, write: (t) => text.push(t) } };
}

test("plain output has a line for each tenth, with the time that is left", () => {
  let time = 0;
  const { text, output } = capture(false);
  const progress = createProgress(output, () => time);
  for (let i = 0; i <= 100; i++) {
    time = i;
    progress.update(i, 100, "work");
  }
  expect(text).toHaveLength(11);
  expect(text[2]).toBe(" 20 %  work  (20 s, about 1 min 20 s left)\n");
  expect(text[10]).toBe("100 %  work  (1 min 40 s)\n");
});

test("the time left is that of this process, not of what an earlier one did", () => {
  let time = 0;
  const { text, output } = capture(false);
  const progress = createProgress(output, () => time);
  progress.update(80, 100, "work");
  time = 10;
  progress.update(90, 100, "work");
  expect(text[1]).toContain("about 10 s left");
});

test("a terminal has one line that changes, and notes get their own", () => {
  let time = 0;
  const { text, output } = capture(true);
  const progress = createProgress(output, () => time);
  progress.update(1, 4, "first");
  time = 0.01;
  progress.update(2, 4, "too soon");
  time = 1;
  progress.update(3, 4, "second");
  progress.note("hello");
  progress.end();
  const all = text.join("");
  expect(all).not.toContain("too soon");
  expect(all.split("\n")).toHaveLength(2);
  expect(all).toContain(" 75 %");
  expect(all.endsWith("\r\x1b[Khello\n")).toBe(true);
});

test("nothing planned shows no time left", () => {
  const { text, output } = capture(false);
  createProgress(output, () => 0).update(0, 0, "work");
  expect(text).toStrictEqual(["  0 %  work  (0 s)\n"]);
});

test("durations read as people say them", () => {
  expect([7.4, 59.6, 200, 7500].map(duration)).toStrictEqual([
    "7 s",
    "1 min 00 s",
    "3 min 20 s",
    "2 h 05 min",
  ]);
});
