import { expect, test } from "vitest";
import { type IlpModel, ilpArrays } from "./ilp-model.ts";

const row = (constraint: object): unknown => ({
  variables: 2,
  constraints: [{ terms: [1, 1], ...constraint }],
});

test("parts of a model that are of the wrong kind are named", () => {
  for (const [model, message] of [
    [undefined, "ilp: model expected an object, got undefined"],
    [null, "ilp: model expected an object, got null"],
    [{ variables: [null], constraints: [] }, "ilp: variable 0 expected an object, got null"],
    [{ variables: [{}, undefined], constraints: [] }, "ilp: variable 1 expected an object, got undefined"],
    [{ variables: [{ name: 3 }], constraints: [] }, "ilp: variable 3: name expected a string, got number"],
    [
      { variables: [{ atMost: "1" }], constraints: [] },
      "ilp: variable 0: atMost expected a number, got string",
    ],
    [{ variables: 1, constraints: [undefined] }, "ilp: constraint 0 expected an object, got undefined"],
    [row({ atMost: "1" }), "ilp: constraint 0: atMost expected a number, got string"],
    [row({ atMost: null }), "ilp: constraint 0: atMost expected a number, got null"],
    [row({ equals: [1] }), "ilp: constraint 0: equals expected a number, got object"],
    [row({ terms: [[0, 1], null], atMost: 1 }), "ilp: constraint 0: terms at 1 expected a pair, got null"],
  ] as const) {
    expect(() => ilpArrays("ilp", model as IlpModel)).toThrow(new TypeError(message));
  }
});

test("bounds that no number meets are refused", () => {
  for (const [model, message] of [
    [row({ atLeast: Number.NaN }), "ilp: constraint 0: atLeast expected a number, got NaN"],
    [
      row({ equals: Infinity }),
      "ilp: constraint 0: bounds expected atLeast ≤ atMost, got Infinity and Infinity",
    ],
    [
      { variables: [{ kind: "integer", atLeast: 0.2, atMost: 0.8 }], constraints: [] },
      "ilp: variable 0: bounds expected an integer between them, got 0.2 and 0.8",
    ],
  ] as const) {
    expect(() => ilpArrays("ilp", model as IlpModel)).toThrow(new RangeError(message));
  }
});

test("bounds of whole variables are whole", () => {
  const { lower, upper } = ilpArrays("ilp", {
    variables: [
      { kind: "integer", atLeast: -0.5, atMost: 2.9999999999 },
      { kind: "continuous", atLeast: 0.5, atMost: 1.5 },
    ],
    constraints: [],
  });
  expect(Array.from(lower)).toEqual([0, 0.5]);
  expect(Array.from(upper)).toEqual([2, 1.5]);
});

test("coefficients of all variables may come in a typed array", () => {
  const of = (terms: IlpModel["constraints"][0]["terms"]) =>
    ilpArrays("ilp", { variables: 2, constraints: [{ terms, atMost: 1 }] });
  expect(of(Float64Array.of(2, 3))).toEqual(of([2, 3]));
  expect(of(Int32Array.of(2, 3))).toEqual(of([2, 3]));
  expect(() => of(Float64Array.of(2))).toThrow("constraint 0: terms expected 2 coefficients, got 1");
});
