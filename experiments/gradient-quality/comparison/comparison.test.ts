import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderPage } from "../../../lab/report/page.ts";
import { Interrupted } from "../../../lab/run/errors.ts";
import { execute } from "../../../lab/run/execute.ts";
import { readRun } from "../../../lab/run/run-directory.ts";
import { interruptedAt, undisturbed } from "../../../lab/test/lives.ts";
import { gradientQuality, rng } from "../../../src/index.ts";
import { expectClose } from "../../../test/golden.ts";
import { checkConfig, presets } from "../config.ts";
import { gradientQualityExperiment } from "../run.ts";
import { losses } from "./losses.ts";
import { applicable, methods, settings } from "./methods.ts";
import { instanceOf } from "./run.ts";
import { structures } from "./structures.ts";

const lossNamed = (name: string) => losses.find((loss) => loss.name === name)!;

describe("losses", () => {
  for (const loss of losses) {
    test(`the gradient of "${loss.name}" is its derivative, between states too`, () => {
      const m = 6;
      const of = loss.draw(m, 3, rng(1));
      const random = rng(2);
      const z = Float64Array.from({ length: 2 * m }, () => random.uniform());
      const { gradient } = of(z);
      const step = 1e-6;
      for (let i = 0; i < 2 * m; i++) {
        const moved = (by: number) => of(z.map((x, j) => (j === i ? x + by : x))).value[i < m ? 0 : 1]!;
        expect(Math.abs((moved(step) - moved(-step)) / (2 * step) - gradient[i]!)).toBeLessThan(1e-7);
      }
    });
  }

  test("both writings of the separable loss have the same exact gradient, on every structure", () => {
    for (const structure of structures) {
      const [a, b] = ["squared", "linear"].map((name) => instanceOf(structure, lossNamed(name), rng(3)));
      expectClose(a!.exact, b!.exact, { rel: 1e-9, abs: 1e-12 }, structure.name);
    }
  });
});

test("the structures have as many states as they say", () => {
  for (const { family, states } of structures) expect([...family.states!()].length).toBe(states);
});

test("each estimator gives one finite gradient a row, and its rows have their own streams", () => {
  for (const structure of structures) {
    const instance = instanceOf(structure, losses[0]!, rng(4));
    const m = instance.theta.length;
    for (const method of applicable(structure)) {
      for (const dial of settings(method)) {
        const name = `${method.name} ${dial} on ${structure.name}`;
        const estimate = method.make(structure, dial);
        const three = estimate(instance, 3, rng(5));
        expect(three.length, name).toBe(3 * m);
        expect(three.every(Number.isFinite), name).toBe(true);
        expectClose(three.subarray(0, m), estimate(instance, 1, rng(5)), { rel: 1e-7, abs: 1e-9 }, name);
      }
    }
  }
});

test("every method applies somewhere, and names are unique", () => {
  expect(new Set(structures.flatMap(applicable)).size).toBe(methods.length);
  expect(new Set(methods.map(({ name }) => name)).size).toBe(methods.length);
});

describe("against enumeration", () => {
  const structure = structures.find(({ name }) => name === "spanning-tree")!;
  const quality = (name: string, loss: string) => {
    const instance = instanceOf(structure, lossNamed(loss), rng(6));
    const gradients = methods.find((m) => m.name === name)!.make(structure, 0)(instance, 4000, rng(7));
    return gradientQuality(gradients, instance.exact);
  };

  // The floor is a mean of a scaled χ² with about nine degrees: five times it is far out.
  test("the score function with leave-one-out has no bias", () => {
    const { bias, biasFloor } = quality("sfe-loo", "coupled");
    expect(bias).toBeLessThan(5 * biasFloor);
  });

  test("SIMPLE is exact for a linear writing, and not for the other", () => {
    expect(quality("simple", "linear").error).toBeLessThan(1e-12);
    expect(quality("simple", "squared").error).toBeGreaterThan(0.05);
  });
});

test("the score of the noise has the mean of perturb-and-MAP's own gradient: on one-hot states that of p", () => {
  // The Gumbel-max trick samples the softmax exactly, so both expectations are one there.
  const structure = structures.find(({ name }) => name === "category")!;
  const instance = instanceOf(structure, losses[0]!, rng(8));
  const estimate = methods.find(({ name }) => name === "noise-score")!.make(structure, 0);
  const { bias, biasFloor } = gradientQuality(estimate(instance, 20_000, rng(9)), instance.exact);
  expect(bias).toBeLessThan(5 * biasFloor);
});

test("a run resumes to the same summary, and its page has every section", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hardgrad-comparison-"));
  const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
  for (const path of [whole, cut]) mkdirSync(path);
  const config = {
    experiment: "gradient-quality",
    preset: "quick" as const,
    seed: 1,
    data: null,
    config: {
      ...presets.quick,
      parts: ["comparison"],
      structures: ["k-subset", "spanning-tree"],
      losses: ["coupled", "sharp"],
      draws: 2,
      rows: 20,
    },
  };
  const summary = await execute(gradientQualityExperiment, whole, config, undisturbed);
  await expect(execute(gradientQualityExperiment, cut, config, interruptedAt(30))).rejects.toThrow(
    Interrupted,
  );
  const resumed = await execute(gradientQualityExperiment, cut, config, undisturbed);
  expect({ ...resumed, seconds: 0 }).toEqual({ ...summary, seconds: 0 });
  writeFileSync(join(whole, "config.json"), JSON.stringify(config));
  const page = await renderPage(gradientQualityExperiment, readRun(whole, gradientQualityExperiment));
  for (const title of ["Which estimator when?", "How large must λ be?", "What does accuracy cost?"]) {
    expect(page).toContain(title);
  }
  expect(page).not.toMatch(/NaN|undefined|\[object/);
  rmSync(folder, { recursive: true });
});

test("says which setting does not fit", () => {
  const quick = presets.quick;
  expect(() => checkConfig({ ...quick, draws: 0 })).toThrow("draws expected an integer ≥ 1, got 0");
  expect(() => checkConfig({ ...quick, rows: 1 })).toThrow("rows expected an integer ≥ 2, got 1");
  expect(() => checkConfig({ ...quick, parts: ["all"] })).toThrow(
    "parts expected some of comparison, simple",
  );
  expect(() => checkConfig({ ...quick, structures: [] })).toThrow("structures expected some of category");
});
