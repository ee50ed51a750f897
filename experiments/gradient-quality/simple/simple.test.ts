import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderPage } from "../../../lab/report/page.ts";
import { Interrupted } from "../../../lab/run/errors.ts";
import { execute } from "../../../lab/run/execute.ts";
import { readRun } from "../../../lab/run/run-directory.ts";
import { interruptedAt, undisturbed } from "../../../lab/test/lives.ts";
import { rng } from "../../../src/index.ts";
import { expectClose, golden } from "../../../test/golden.ts";
import { FALSE_ALARM_Z } from "../../../test/statistics.ts";
import { checkConfig, presets } from "../config.ts";
import { exactGradient } from "../exact-gradient.ts";
import { gradientQualityExperiment } from "../run.ts";
import { claims } from "./claims.ts";
import { applicable, methods } from "./methods.ts";
import { instanceOf, problems } from "./problems.ts";

interface Toy {
  readonly theta: number[];
  readonly b: number[];
}
interface Moments {
  readonly mean: number[];
  readonly variance: number[];
}
const toy = golden<Toy, { gradient: number[]; sfe: Moments; simple: Moments }>("toy").find(
  (c) => c.case === "rs1234",
)!;
const [subsets, oneHot, linear] = problems as [
  (typeof problems)[0],
  (typeof problems)[0],
  (typeof problems)[0],
];

describe("instances", () => {
  test("the first published one is that of the golden vectors, and so is its exact gradient", () => {
    const instance = instanceOf(subsets, "published", 0, rng(0));
    expectClose(instance.theta, toy.inputs.theta, { rel: 1e-6, abs: 1e-7 });
    expectClose(instance.exact, toy.outputs.gradient, { rel: 1e-5, abs: 1e-6 });
    const exact = exactGradient(subsets.family, Float64Array.from(toy.inputs.theta), (z) =>
      z.reduce((sum, x, i) => sum + (x - toy.inputs.b[i]!) ** 2, 0),
    );
    expectClose(exact, toy.outputs.gradient, toy.tol);
  });

  test("the linear loss has the squared loss's values on states, and the same exact gradient", () => {
    const [a, b] = [subsets, linear].map((problem) => instanceOf(problem, "published", 3, rng(0)));
    expectClose(a!.exact, b!.exact, { rel: 1e-10, abs: 1e-12 });
    const z = Float64Array.of(1, 0, 1, 0, 1, 0, 1, 0, 1, 0);
    expectClose(a!.loss(z).value, b!.loss(z).value, { rel: 1e-12, abs: 0 });
  });

  test("drawn ones depend on the generator alone", () => {
    const draw = (seed: number) => instanceOf(subsets, "drawn", 0, rng(seed)).theta;
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});

describe("estimators", () => {
  const rows = 4000;
  const meansOf = (name: string, problem = subsets) => {
    const instance = instanceOf(problem, "published", 0, rng(0));
    const estimate = methods.find((m) => m.name === name)!.make(problem, presets.quick);
    const gradients = estimate(instance, rows, rng(9));
    expect(gradients.length).toBe(rows * 10);
    const mean = new Float64Array(10);
    gradients.forEach((g, i) => {
      mean[i % 10]! += g / rows;
    });
    return { mean, gradients, exact: instance.exact };
  };

  for (const name of ["sfe", "simple"] as const) {
    test(`${name} has the mean that enumeration gives`, () => {
      const { mean } = meansOf(name);
      const { mean: want, variance } = toy.outputs[name];
      for (let i = 0; i < 10; i++) {
        const deviation = Math.sqrt(variance[i]! / rows);
        expect(Math.abs(mean[i]! - want[i]!)).toBeLessThan(FALSE_ALARM_Z * deviation + 1e-5);
      }
    });
  }

  test("SIMPLE is exact, sample by sample, for the loss that is linear", () => {
    const { gradients, exact } = meansOf("simple", linear);
    expectClose(
      gradients.subarray(0, 200),
      Float64Array.from({ length: 200 }, (_, i) => exact[i % 10]!),
      {
        rel: 1e-9,
        abs: 1e-12,
      },
    );
  });

  test("each gives one finite gradient a row, and its rows have their own streams", () => {
    for (const problem of problems) {
      const instance = instanceOf(problem, "published", 1, rng(0));
      for (const method of applicable(problem, presets.quick)) {
        const estimate = method.make(problem, presets.quick);
        const three = estimate(instance, 3, rng(2));
        expect(three.every(Number.isFinite), method.name).toBe(true);
        expectClose(three.subarray(0, 10), estimate(instance, 1, rng(2)), { rel: 1e-12, abs: 1e-15 });
      }
    }
  });

  test("Gumbel-softmax is for one-hot states", () => {
    const names = (problem: (typeof problems)[0]) => applicable(problem, presets.quick).map((m) => m.name);
    expect(names(subsets)).not.toContain("st-gumbel-softmax");
    expect(names(oneHot)).toContain("st-gumbel-softmax");
  });
});

test("claims speak of methods and problems that exist", () => {
  for (const claim of claims) {
    const problem = problems.find(({ name }) => name === claim.problem)!;
    const names = applicable(problem, presets.paper).map((m) => m.name);
    expect(names).toEqual(expect.arrayContaining([...claim.needs]));
  }
});

test("the experiment resumes to the same summary, and its report judges the claims", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hardgrad-quality-"));
  const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
  for (const path of [whole, cut]) mkdirSync(path);
  const config = {
    experiment: "gradient-quality",
    preset: "quick" as const,
    seed: 1,
    data: null,
    config: { ...presets.quick, parts: ["simple"], count: 2, gradients: 200 },
  };
  const summary = await execute(gradientQualityExperiment, whole, config, undisturbed);
  expect(summary.results.find((r) => r.method === "exact" && r.metric === "bias")?.mean).toBe(0);
  await expect(execute(gradientQualityExperiment, cut, config, interruptedAt(20))).rejects.toThrow(
    Interrupted,
  );
  const resumed = await execute(gradientQualityExperiment, cut, config, undisturbed);
  expect({ ...resumed, seconds: 0 }).toEqual({ ...summary, seconds: 0 });
  writeFileSync(join(whole, "config.json"), JSON.stringify(config));
  const page = await renderPage(gradientQualityExperiment, readRun(whole, gradientQualityExperiment));
  expect(page).toContain("I-MLE has the highest bias");
  rmSync(folder, { recursive: true });
});

test("says which setting does not fit", () => {
  const paper = presets.paper;
  expect(() => checkConfig({ ...paper, count: 11 })).toThrow("count expected an integer in [1, 10], got 11");
  expect(() => checkConfig({ ...paper, methods: ["magic"] })).toThrow(
    "methods expected some of exact, simple",
  );
  expect(() => checkConfig({ ...paper, gradients: 1 })).toThrow("gradients expected an integer ≥ 2");
  expect(() => checkConfig({ ...paper, instances: "mine" })).toThrow("instances expected one of");
  expect(() => checkConfig({ ...paper, instances: "drawn", count: 50 })).not.toThrow();
});
