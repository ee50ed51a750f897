import { expect, test } from "vitest";
import { type IlpContext, type IlpModel, ilp, loadHighs } from "../ilp.ts";

const highs = await loadHighs();
const model: IlpModel = { variables: 2, constraints: [{ terms: [1, 1], atMost: 1 }] };

test("contexts of the wrong kind are refused by map and states alike", () => {
  const structure = ilp(highs, model);
  const theta = Float64Array.of(1, 2);
  const refuse = (context: unknown, message: string): void => {
    const out = new Float64Array(2).fill(7);
    const error = new TypeError(message);
    expect(() => structure.map(theta, out, context as IlpContext)).toThrow(error);
    expect(() => [...structure.states!(context as IlpContext)]).toThrow(error);
    expect(Array.from(out)).toEqual([7, 7]);
  };
  refuse(null, "ilp: context expected an object, got null");
  refuse(
    { weights: [1] },
    'ilp: unknown option "weights" of context, expected atLeast, atMost, coefficients, mask',
  );
  refuse({ mask: null }, "ilp: context.mask expected an array of numbers, got null");
  refuse({ mask: "01" }, "ilp: context.mask expected an array of numbers, got String");
  refuse({ mask: [false, false] }, "ilp: context.mask at 0 expected a number, got Boolean");
  refuse({ atMost: ["1"] }, "ilp: context.atMost at 0 expected a number, got String");
  structure.dispose();
});

test("states are arrays of their own", () => {
  const structure = ilp(highs, model);
  expect([...structure.states!()].map((z) => z.join())).toEqual(["0,0", "0,1", "1,0"]);
  structure.dispose();
});

test("states of a disposed structure are refused as map is", () => {
  const structure = ilp(highs, model);
  structure.dispose();
  expect(() => [...structure.states!()]).toThrow(new Error("ilp: it has been disposed"));
});

test("whatever is not HiGHS as the first argument is told where HiGHS comes from", () => {
  for (const [first, got] of [
    [model, "Object"],
    [undefined, "undefined"],
    [loadHighs(), "Promise"],
  ] as const) {
    expect(() => ilp(first as never, model)).toThrow(
      new TypeError(`ilp: the first argument expected what \`await loadHighs()\` returns, got ${got}`),
    );
  }
  expect(() => (ilp as (highs: unknown) => unknown)(model)).toThrow(
    "`await loadHighs()` returns, got Object",
  );
});
