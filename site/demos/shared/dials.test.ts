import { expect, test } from "vitest";
import { dials as ofPaths } from "../paths/dials.ts";
import { dials } from "../race/dials.ts";
import { initialState, readState, writeState } from "./dials.ts";

test("a state comes back from its link", () => {
  const state = { ...initialState(dials), lambda: 50, structure: "tree", methods: ["sst", "imle"], seed: 3 };
  const query = writeState(dials, state);
  expect(query).toBe("methods=sst,imle&structure=tree&lambda=50&seed=3");
  expect(readState(dials, query)).toStrictEqual(state);
});

test("the beginning needs no query, and an empty list is one", () => {
  expect(writeState(dials, initialState(dials))).toBe("");
  expect(readState(dials, "methods=")).toMatchObject({ methods: [] });
});

test("what a link says wrongly stands at its beginning", () => {
  const query = "lambda=3&tau=&structure=__proto__&methods=imle,x&unknown=1";
  expect(readState(dials, query)).toStrictEqual({ ...initialState(dials), methods: ["imle"] });
});

test("a painted map is taken whole, or not at all", () => {
  const map = Array.from({ length: 100 }, (_, i) => i % 5);
  expect(readState(ofPaths, `map=${map}`)).toMatchObject({ map });
  for (const wrong of [map.slice(1), map.with(7, 5), map.with(7, -1), ["", ...map.slice(1)]]) {
    expect(readState(ofPaths, `map=${wrong}`), String(wrong)).toStrictEqual(initialState(ofPaths));
  }
});
