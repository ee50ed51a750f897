import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { renderPage } from "../../lab/report/page.ts";
import { Interrupted } from "../../lab/run/errors.ts";
import { execute } from "../../lab/run/execute.ts";
import { claimRunDirectory, type RunConfig, readRun } from "../../lab/run/run-directory.ts";
import { computed } from "../../lab/test/computed.ts";
import { independentBits, rng, tour } from "../../src/index.ts";
import { checkConfig, type DecisionsConfig, presets } from "./config.ts";
import { drawInstance, firstRows, type Instance } from "./data.ts";
import { chosen, methods } from "./methods.ts";
import { leastSquares, linearPredictor } from "./predictor.ts";
import { problems } from "./problems.ts";
import { round } from "./round.ts";
import { decisions } from "./run.ts";
import { sack } from "./sack.ts";
import makeSolver from "./solver.ts";
import { normalisedRegret, train } from "./train.ts";

function instance(problem: string, degree: number, noise: number, rows = 200): Instance {
  const kind = problems.find(({ name }) => name === problem)!;
  const drawn = kind.draw(rng(3).split(0), 5, degree);
  return drawInstance(
    drawn,
    makeSolver(drawn.solver),
    { features: 5, noise, testRows: 100, trainRows: rows },
    rng(3),
  );
}

describe("sack", () => {
  test("finds the best set of items: held against all sets", () => {
    const random = rng(1);
    for (let round = 0; round < 40; round++) {
      const items = 1 + (round % 9);
      const dimensions = 1 + (round % 3);
      const weights = Array.from({ length: dimensions }, () =>
        Int32Array.from({ length: items }, () => Math.floor(random.uniform() * 10)),
      );
      const capacities = Int32Array.from({ length: dimensions }, () => 1 + Math.floor(random.uniform() * 25));
      const theta = Float64Array.from({ length: items }, () =>
        round % 2 === 0 ? random.normal() : Math.ceil(random.uniform() * 5),
      );
      const worthOf = (z: Float64Array): number => z.reduce((sum, x, i) => sum + x * theta[i]!, 0);
      const fits = (z: Float64Array): boolean =>
        weights.every((of, d) => z.reduce((sum, x, i) => sum + x * of[i]!, 0) <= capacities[d]!);
      const best = Math.max(...Array.from(independentBits(items).states!()).filter(fits).map(worthOf));
      const z = new Float64Array(items);
      sack(weights, capacities).map(theta, z);
      expect(fits(z)).toBe(true);
      expect(worthOf(z)).toBeCloseTo(best, 12);
    }
  });

  test("leaves items that are worth nothing or too heavy", () => {
    const z = new Float64Array(4);
    sack([[0, 1, 9, 1]], [2]).map(Float64Array.of(1, -1, 5, 0), z);
    expect(z).toStrictEqual(Float64Array.of(1, 0, 0, 0));
  });
});

test("round finds tours as short as those of dynamic programming", () => {
  const random = rng(2);
  for (const n of [3, 4, 6, 8, 10]) {
    const size = (n * (n - 1)) / 2;
    const theta = Float64Array.from({ length: 30 * size }, (_, i) =>
      Math.floor(i / size) % 3 === 0 ? Math.floor(4 * random.uniform()) : random.normal(),
    );
    const [want, got] = [theta.slice(), theta.slice()];
    tour(n).map(theta, want);
    round(n).map(theta, got);
    const lengths = (z: Float64Array): number[] =>
      Array.from({ length: 30 }, (_, row) =>
        z.subarray(row * size, (row + 1) * size).reduce((sum, x, i) => sum + x * theta[row * size + i]!, 0),
      );
    // Edges of a state are those of a tour: its probability is above 0.
    const logp = new Float64Array(30);
    tour(n).logProbability(theta, got, logp);
    expect(logp.every((p) => p > -Infinity)).toBe(true);
    lengths(got).forEach((length, row) => {
      expect(length).toBeCloseTo(lengths(want)[row]!, 10);
    });
  }
});

describe("data", () => {
  test("without noise, paths of degree 1 cost 1 more than 3 + B x / √5, in units of 3.5: linear in the features", async () => {
    const { train: rows } = instance("path", 1, 0);
    const parameters = leastSquares(rows);
    const size = 40;
    for (let i = 0; i < size; i++) {
      expect(parameters[5 * size + i]).toBeCloseTo(-4 / 3.5, 10);
      for (let j = 0; j < 5; j++) {
        const entry = -parameters[j * size + i]! * 3.5 * Math.sqrt(5);
        expect(Math.abs(entry - Math.round(entry))).toBeLessThan(1e-9);
        expect([0, 1]).toContain(Math.round(entry) + 0);
      }
    }
  });

  test("higher degrees are powers of the same signal", async () => {
    const [first, fourth] = [instance("path", 1, 0), instance("path", 4, 0)];
    const want = first.train.worth.map((x) => -((-3.5 * x - 1) ** 4 + 1) / 3.5 ** 4);
    fourth.train.worth.forEach((x, i) => {
      expect(x).toBeCloseTo(want[i]!, 9);
    });
  });

  test("noise is a factor within [1 − ε̄, 1 + ε̄]", async () => {
    const [clean, noisy] = [instance("path", 2, 0), instance("path", 2, 0.5)];
    const factors = noisy.train.worth.map((x, i) => x / clean.train.worth[i]!);
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...factors)).toBeLessThanOrEqual(1.5);
    // Uniform: mean 1 and standard deviation 0.5/√3, five standard errors.
    const mean = factors.reduce((a, b) => a + b, 0) / factors.length;
    expect(Math.abs(mean - 1)).toBeLessThan((5 * 0.5) / Math.sqrt(3 * factors.length));
  });

  test("knapsacks have whole values, and the best decisions take two to six of 32 items", async () => {
    const { train: rows } = instance("knapsack", 1, 0.5); // weights in [3, 8), capacity 20
    expect(rows.worth.every((x) => Number.isInteger(x) && x >= 1)).toBe(true);
    for (let row = 0; row < rows.count; row++) {
      const taken = rows.best.subarray(32 * row, 32 * (row + 1)).reduce((a, b) => a + b, 0);
      expect(taken).toBeGreaterThanOrEqual(2);
      expect(taken).toBeLessThanOrEqual(6);
    }
  });

  test("tours are through 20 cities", async () => {
    const kind = problems.find(({ name }) => name === "tour")!;
    const shape = { features: 5, noise: 0.5, testRows: 2, trainRows: 2 };
    const problem = kind.draw(rng(0).split(0), 5, 2);
    const { train: rows } = drawInstance(problem, makeSolver(problem.solver), shape, rng(0));
    expect(problem.size).toBe(190);
    expect(rows.best.reduce((a, b) => a + b, 0)).toBe(40);
  });

  test("smaller training sets begin larger ones", async () => {
    const [small, large] = [instance("path", 2, 0.5, 50), instance("path", 2, 0.5, 200)];
    expect(Array.from(firstRows(large.train, 200, 50).worth)).toStrictEqual(Array.from(small.train.worth));
    expect(small.test.best).toStrictEqual(large.test.best);
  });
});

describe("training", () => {
  test("two-stage has no regret where the truth is linear and without noise", async () => {
    const at = instance("path", 1, 0);
    const predictor = linearPredictor(5, 40, rng(0));
    predictor.parameters.set(leastSquares(at.train));
    expect(normalisedRegret(at, predictor)).toBeLessThan(1e-12);
  });

  test("least squares has residuals at right angles to the features", async () => {
    const { train: rows } = instance("knapsack", 4, 0.5);
    const predictor = linearPredictor(5, 32, rng(0));
    predictor.parameters.set(leastSquares(rows));
    const theta = new Float64Array(rows.worth.length);
    predictor.predict(rows.features, theta);
    for (let i = 0; i < 32; i++) {
      for (let j = 0; j <= 5; j++) {
        let product = 0;
        for (let row = 0; row < rows.count; row++) {
          const x = j === 5 ? 1 : rows.features[row * 5 + j]!;
          product += x * (theta[row * 32 + i]! - rows.worth[row * 32 + i]!);
        }
        expect(Math.abs(product)).toBeLessThan(1e-7);
      }
    }
  });

  test("a first step of Adam moves each parameter by the rate against its slope", () => {
    const predictor = linearPredictor(1, 2, rng(0));
    const before = predictor.parameters.slice();
    // Two rows, x = 1 and −1: slopes of W are (1, 0), of b (0, −2).
    predictor.step(Float64Array.of(1, -1), Float64Array.of(1, -2, -1, -2), 0.1);
    const moved = predictor.parameters.map((x, k) => x - before[k]!);
    [-0.1, 0, 0, 0.1].forEach((want, k) => {
      expect(moved[k]).toBeCloseTo(want, 6);
    });
  });

  test.each(methods.map(({ name }) => name))(
    "%s learns: less than a third of the regret of no training",
    async (name) => {
      const at = instance("path", 4, 0);
      const untrained = normalisedRegret(at, linearPredictor(5, 40, rng(0).split(0)));
      const setting = { rows: 200, steps: 150, batch: 32, share: 0.1, throughPool: false };
      const faster = { ...chosen(name)!.method, rate: Math.max(chosen(name)!.method.rate, 0.03) };
      const predictor = await train(at, faster, setting, rng(0), async () => {});
      expect(normalisedRegret(at, predictor)).toBeLessThan(untrained / 3);
    },
  );

  test("through a pool a few solver calls train as well", async () => {
    const at = instance("path", 4, 0);
    const setting = { rows: 200, steps: 150, batch: 32, share: 0.05 };
    const regretOf = async (throughPool: boolean): Promise<number> =>
      normalisedRegret(
        at,
        await train(at, chosen("spo-plus")!.method, { ...setting, throughPool }, rng(0), async () => {}),
      );
    expect(Math.abs((await regretOf(true)) - (await regretOf(false)))).toBeLessThan(0.05);
  });
});

describe("the experiment", () => {
  const config: RunConfig<DecisionsConfig> = {
    experiment: "decisions",
    preset: "quick",
    seed: 0,
    data: null,
    config: {
      ...presets.quick,
      degrees: [1, 6],
      sizes: [50, 100],
      methods: ["two-stage", "spo-plus", "imle-pool", "nce"],
      instances: 2,
      testRows: 50,
      steps: 20,
    },
  };
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "decisions-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function go(out: string, stopAt = Infinity): Promise<void> {
    let asked = 0;
    const interrupt = {
      get signal(): NodeJS.Signals | undefined {
        asked += 1;
        return asked > stopAt ? "SIGINT" : undefined;
      },
    };
    const progress = { update: () => {}, note: () => {}, end: () => {} };
    await execute(decisions, out, config, { progress, interrupt, checkpointSeconds: 60 }).catch((error) => {
      if (!(error instanceof Interrupted)) throw error;
    });
  }

  test("stopped within a training and after an instance, it comes to the same numbers, and reports them", async () => {
    const [whole, stopped] = [join(folder, "whole"), join(folder, "stopped")];
    for (const out of [whole, stopped]) claimRunDirectory(out, config, false);
    await go(whole);
    for (const stopAt of [30, 65, 150]) await go(stopped, stopAt);
    await go(stopped);
    expect(computed(stopped)).toStrictEqual(computed(whole));
    const run = readRun(whole, decisions);
    expect(run.summary.results).toHaveLength(16);
    expect(run.summary.results[0]).toMatchObject({ method: "two-stage/path/1", metric: "regret, 50 rows" });
    expect(await renderPage(decisions as never, run as never)).toContain("I-MLE, pool");
  });

  test("comes to the same bits with two threads", { timeout: 60_000 }, async () => {
    for (const [problem, degree] of [
      ["knapsack", 6],
      ["tour", 1],
    ] as const) {
      const [one, two] = [1, 2].map((threads) => {
        const small = { instances: 1, testRows: 30, sizes: [30], steps: 4, methods: ["spo-plus", "imle"] };
        const own = {
          ...config,
          config: { ...config.config, ...small, problem, degrees: [degree], threads },
        };
        const out = join(folder, `${problem}-${threads}`);
        claimRunDirectory(out, own, false);
        return { out, own };
      });
      for (const { out, own } of [one!, two!]) {
        await execute(decisions, out, own, {
          progress: { update: () => {}, note: () => {}, end: () => {} },
          interrupt: { signal: undefined },
          checkpointSeconds: 60,
        });
      }
      expect(computed(two!.out)).toStrictEqual(computed(one!.out));
    }
  });

  test("says which settings do not fit", () => {
    const check = (change: Partial<DecisionsConfig>) => () => checkConfig({ ...presets.quick, ...change });
    expect(check({ problem: "chess" })).toThrow(/problem expected one of path, knapsack, tour, got "chess"/);
    expect(check({ methods: ["two-stage-pool"] })).toThrow(/methods expected .* got "two-stage-pool"/);
    expect(check({ noises: [2] })).toThrow(/noises expected numbers in \[0, 1\], got 2/);
    expect(check({ degrees: [1.5] })).toThrow(/degrees expected integers ≥ 1, got 1.5/);
    expect(check({ sizes: [5] })).toThrow(/sizes expected more rows than features, 5, got 5/);
    expect(check({ degrees: [1, 1] })).toThrow(/degrees expected each once/);
    expect(check({ threads: 257 })).toThrow("threads expected an integer in [1, 256], got 257");
    expect(check({})).not.toThrow();
  });
});
