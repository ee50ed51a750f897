import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { renderPage } from "../../lab/report/page.ts";
import { DataError, Interrupted } from "../../lab/run/errors.ts";
import { execute } from "../../lab/run/execute.ts";
import { readRun } from "../../lab/run/run-directory.ts";
import { interruptedAt, undisturbed } from "../../lab/test/lives.ts";
import { checkConfig, presets, type SparseRegressionConfig } from "./config.ts";
import { loadField } from "./data.ts";
import { formatEquation } from "./equation.ts";
import type { Field } from "./field.ts";
import { leastSquares } from "./least-squares.ts";
import { normalEquations, TRUE_TERMS, termNames } from "./library.ts";
import { sparseRegression } from "./run.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hardgrad-sparse-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const small: SparseRegressionConfig = {
  ...presets.quick,
  seeds: 4,
  iterations: 30,
  points: 256,
  steps: 2,
  derivatives: "spectral",
};

const FILE = "kuramoto_sivishinky.mat";

/** x, tt and uu as a MAT-file. */
function matFile({ x, t, u }: Field): Uint8Array {
  const element = (type: number, data: Uint8Array): Buffer => {
    const out = Buffer.alloc(8 + 8 * Math.ceil(data.length / 8));
    out.writeUInt32LE(type, 0);
    out.writeUInt32LE(data.length, 4);
    out.set(data, 8);
    return out;
  };
  const matrix = (name: string, shape: number[], data: Float64Array): Buffer =>
    element(
      14,
      Buffer.concat([
        element(6, new Uint8Array(Uint32Array.of(6, 0).buffer)),
        element(5, new Uint8Array(Int32Array.from(shape).buffer)),
        element(1, Buffer.from(name)),
        element(9, new Uint8Array(data.buffer)),
      ]),
    );
  // MATLAB runs through columns first.
  const columns = new Float64Array(u.length);
  for (const [i, value] of u.entries()) columns[(i % t.length) * x.length + Math.floor(i / t.length)] = value;
  const header = Buffer.from(`${"MATLAB 5.0".padEnd(116)}${"\0".repeat(8)}\0\x01IM`, "latin1");
  return Buffer.concat([
    header,
    matrix("x", [x.length, 1], x.slice()),
    matrix("tt", [t.length, 1], t.slice()),
    matrix("uu", [x.length, t.length], columns),
  ]);
}

describe("the library", () => {
  test("has u, u² and each derivative alone, times u and times u²", () => {
    expect(termNames(false)).toHaveLength(14);
    expect(termNames(true).slice(0, 4)).toEqual(["1", "u", "u²", "u_x"]);
    expect(termNames(false)).toEqual(expect.arrayContaining([...TRUE_TERMS]));
  });

  test("explains simulated data by the three true terms, their coefficients off by the time differences alone", () => {
    const { field } = loadField(undefined, { ...small, steps: 8 });
    const fit = (timeAccuracy: number) => {
      const equations = normalEquations(field, { constant: true, derivatives: "spectral", timeAccuracy });
      const coefficients = new Float64Array(15);
      const terms = TRUE_TERMS.map((name) => equations.names.indexOf(name));
      leastSquares(equations).fit(terms, coefficients);
      return Math.max(...terms.map((i) => Math.abs(coefficients[i]! + 1)));
    };
    expect(fit(2)).toBeLessThan(0.009);
    expect(fit(4)).toBeLessThan(0.0003);
  });
});

describe("the experiment", () => {
  const config = {
    experiment: "sparse-regression",
    preset: "quick" as const,
    seed: 3,
    data: null,
    config: small,
  };

  test("finds the equation, resumes to the same summary, and has a report", async () => {
    const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
    for (const path of [whole, cut]) mkdirSync(path);
    const summary = await execute(sparseRegression, whole, config, undisturbed);
    const mean = (method: string, metric: string) =>
      summary.results.find((r) => r.method === method && r.metric === metric)?.mean;
    expect(mean("simple", "equation-found")).toBe(1);
    expect(mean("stlsq", "equation-found")).toBe(1);
    expect(mean("simple", "coefficient-error")).toBeLessThan(0.02);
    // Raising the logits of what is on top changes no state.
    expect(mean("imle-notebook", "equation-found")).toBe(0);

    // Stops at the 40th question whether to stop: in the middle of a training.
    await expect(execute(sparseRegression, cut, config, interruptedAt(40))).rejects.toThrow(Interrupted);
    const resumed = await execute(sparseRegression, cut, config, undisturbed);
    expect({ ...resumed, seconds: 0 }).toEqual({ ...summary, seconds: 0 });

    writeFileSync(join(whole, "config.json"), JSON.stringify(config));
    const page = await renderPage(sparseRegression, readRun(whole, sparseRegression));
    expect(page).toContain("data:image/png;base64,");
    expect(page).toContain("u_xxxx");
  });

  test("resumed on another solution is refused, on a moved one it goes on", async () => {
    const [out, moved] = [join(folder, "run"), join(folder, "moved")];
    for (const name of [out, moved]) mkdirSync(name);
    const { field } = loadField(undefined, small);
    writeFileSync(join(folder, FILE), matFile(field));
    writeFileSync(join(moved, FILE), matFile(field));
    const on = (data: string) => ({ ...config, data, config: { ...small, methods: ["simple"] } });
    await expect(execute(sparseRegression, out, on(folder), interruptedAt(10))).rejects.toThrow(Interrupted);
    writeFileSync(join(folder, FILE), matFile({ ...field, u: field.u.map((u) => 2 * u) }));
    await expect(execute(sparseRegression, out, on(folder), undisturbed)).rejects.toThrow(
      /expected the data that the run began with, PySINDy's solution, 256 places/,
    );
    expect((await execute(sparseRegression, out, on(moved), undisturbed)).data).toContain(
      "PySINDy's solution",
    );
  });

  test("says which setting does not fit", () => {
    const errors: [Partial<SparseRegressionConfig>, string][] = [
      [{ terms: 14 }, "terms expected an integer in [1, 13], got 14"],
      [{ points: 100 }, "points expected a power of two ≥ 64, got 100"],
      [{ points: 32 }, "points expected a power of two ≥ 64, got 32"],
      [
        { methods: ["lasso"] },
        'methods expected some of simple, imle, simple-notebook, imle-notebook, stlsq, got "lasso"',
      ],
      [{ methods: ["simple", "simple"] }, "methods expected different names"],
      [{ methods: [] }, "methods expected different names"],
      [{ derivatives: "exact" }, 'derivatives expected one of finite-difference, spectral, got "exact"'],
      [{ rate: 0 }, "rate expected a number > 0"],
      [{ timeAccuracy: 3 }, "timeAccuracy expected an even number"],
    ];
    for (const [change, message] of errors)
      expect(() => checkConfig({ ...small, ...change })).toThrow(message);
  });

  test("a damaged file is named", () => {
    writeFileSync(join(folder, FILE), "not a MAT-file");
    expect(() => loadField(folder, small)).toThrow(DataError);
    expect(() => loadField(folder, small)).toThrow(
      "kuramoto_sivishinky.mat: expected 128 bytes of MAT-file header",
    );
  });
});

test("an equation is written with its signs", () => {
  expect(formatEquation(["u_xx", "u u_x", "1"], [-0.99407, 2, -0.5])).toBe(
    "u_t = −0.9941 u_xx + 2.0000 u u_x − 0.5000",
  );
  expect(formatEquation([], [])).toBe("u_t = 0");
});
