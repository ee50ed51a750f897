import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";
import { familyConformance, structureConformance } from "../../test/conformance.ts";
import { execArgv, folder, type Sharing, sharing, url } from "../../test/threads/shared.ts";
import { caller, DEADLY, type Name } from "../../test/threads/structures.ts";
import type { ExponentialFamily, FloatArray, Layer, Structure } from "../contracts.ts";
import { rng } from "../core/rng.ts";
import { sizeOf } from "../core/shape.ts";
import { gumbelSoftmax, imle, perturbedOptimizer, scoreFunction, simple, straightThrough } from "../index.ts";
import { ThreadError, threaded } from "./threaded.ts";

const start = (data: Name, threads = 2) => threaded(url, { threads, data: data as never, execArgv });

const random = (length: number, seed = 1): Float64Array => {
  const r = rng(seed);
  return Float64Array.from({ length }, () => r.normal());
};
const thrown = (body: () => void): unknown => {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
};

// One after the other: each starts threads of its own.
const subsets = await sharing("kSubset");
const chains = await sharing("linearChain");
const trees = await sharing("spanningTree");
const matchings = await sharing("matching");
const paths = await sharing("gridPath");
const tours = await sharing("tour", 2);
const products = await sharing("product", 2);
const repeats = await sharing("repeat", 2);
const programs = await sharing("twoOfFour");
const largeTours = await sharing("largeTour", 2);
const mortals = await sharing("exits", 2);
const priced = await sharing("priced");
const listed = await sharing("listed", 2);
const all: readonly Sharing<Structure<never>>[] = [
  subsets,
  chains,
  trees,
  matchings,
  paths,
  tours,
  products,
  repeats,
  programs,
  largeTours,
  priced,
  listed,
];

afterAll(() => {
  for (const { threaded, shared } of all) {
    expect(shared(), threaded.name).toBeGreaterThan(0);
    threaded.dispose();
  }
  rmSync(folder, { recursive: true, force: true });
});

describe("threaded", () => {
  familyConformance("kSubset", () => subsets.threaded);
  familyConformance("ragged kSubset", () => subsets.threaded, { context: { k: [3], lengths: [4] } });
  familyConformance("linearChain", () => chains.threaded);
  familyConformance("spanningTree", () => trees.threaded);
  familyConformance("matching", () => matchings.threaded);
  familyConformance("tour", () => tours.threaded);
  familyConformance("product", () => products.threaded, { context: [{ k: [2] }, undefined] });
  familyConformance("repeat", () => repeats.threaded, { context: { k: [1, 2] } });
  structureConformance("gridPath", () => paths.threaded, { theta: (x) => x.map((v) => -Math.abs(v)) });
  structureConformance("ilp", () => programs.threaded);
});

/** Methods with what they take beside θ: numbers a row, and how they are called. */
const rows = 301;
const methods = {
  map: (f, t, out, c) => f.map(t, out, c),
  marginals: (f, t, out, c) => f.marginals(t, out, c),
  marginalsJvp: (f, t, out, c) => f.marginalsJvp(t, random(t.length, 2), out, c),
  sample: (f, t, out, c) => f.sample(t, rng(3).fromRow(5), out, c),
  logPartition: (f, t, out, c) => f.logPartition(t, out, c),
  entropy: (f, t, out, c) => f.entropy(t, out, c),
  logProbability(f, t, out, c) {
    const z = new Float64Array(t.length);
    f.map(t, z, c);
    f.logProbability(t, z, out, c);
  },
} satisfies Record<
  string,
  (family: ExponentialFamily<never>, theta: FloatArray, out: FloatArray, context: never) => void
>;

describe("a batch over threads has the bits of one thread", () => {
  const k = Int32Array.from({ length: rows }, (_, row) => row % 6);
  const mask = Array.from({ length: rows * 5 }, (_, i) => +(i % 5 < 2 || i % 3 > 0));
  const contexts = {
    "no context": undefined,
    "sizes of rows": { k },
    "sizes and masks": { k: k.map((x) => x % 3), mask },
  };
  for (const [title, context] of Object.entries(contexts)) {
    test.each(Object.keys(methods) as (keyof typeof methods)[])(`%s, ${title}`, (method) => {
      for (const kind of [Float64Array, Float32Array]) {
        const theta = kind.from(random(rows * 5));
        const numbers = rows * (["logPartition", "entropy", "logProbability"].includes(method) ? 1 : 5);
        const [one, many] = [new kind(numbers), new kind(numbers)];
        methods[method](subsets.plain, theta, one, context as never);
        const before = subsets.shared();
        methods[method](subsets.threaded, theta, many, context as never);
        expect(subsets.shared()).toBeGreaterThan(before);
        expect(many).toEqual(one);
      }
    });
  }

  test("many rows, more than the memory that is kept", () => {
    const theta = Float32Array.from(random(900_000 * 5));
    const [one, many] = [theta.slice(), theta.slice()];
    subsets.plain.map(theta, one);
    subsets.threaded.map(theta, many);
    expect(Buffer.compare(Buffer.from(many.buffer), Buffer.from(one.buffer))).toBe(0);
  });

  test("integer programs and tours with cuts, and what they count", () => {
    for (const { threaded, plain } of [programs, largeTours] as Sharing<Structure<never>>[]) {
      const theta = random(120 * sizeOf(plain.shape));
      const [one, many] = [theta.slice(), theta.slice()];
      const before = { ...threaded.report!() };
      plain.map(theta, one);
      threaded.map(theta, many);
      expect(many).toEqual(one);
      const after = threaded.report!();
      expect(after.solved! - before.solved!).toBe(120);
    }
  });

  test("costs that threads clamp are counted", () => {
    const before = paths.threaded.report().clampedCosts;
    const theta = new Float64Array(9 * 40).fill(-1);
    for (let row = 0; row < 40; row++) theta[9 * row] = 1;
    paths.threaded.map(theta, theta.slice());
    expect(paths.threaded.report().clampedCosts - before).toBe(40);
  });

  test("a structure that says how its context divides", () => {
    const theta = random(60 * 3);
    const context = { prices: [1, 2, 3], budget: Array.from({ length: 60 }, (_, row) => row % 7) };
    const [one, many] = [theta.slice(), theta.slice()];
    priced.plain.map(theta, one, context);
    priced.threaded.map(theta, many, context);
    expect(many).toEqual(one);
  });

  test.each([
    ["an object a row", (at: number[]) => at.map((v) => ({ v }))],
    [
      "an object with a prototype",
      (at: number[]) =>
        at.map(
          (v) =>
            new (class {
              get v() {
                return v;
              }
            })(),
        ),
    ],
    ["a typed array", (at: number[]) => Float64Array.from(at)],
  ] as const)("a list that is the whole context divides by rows: %s", (_, contextOf) => {
    const theta = random(60);
    const [one, many] = [theta.slice(), theta.slice()];
    const context = contextOf(Array.from({ length: 60 }, (_, row) => row)) as never;
    listed.plain.map(theta, one, context);
    listed.threaded.map(theta, many, context);
    expect([...one.keys()].map((row) => one[row])).toEqual([...theta.keys()]);
    expect(many).toEqual(one);
  });

  test("what a copy would lose stays here: prototypes, symbols, what is hidden; circles too", () => {
    const theta = random(60 * 3);
    const budget = Array.from({ length: 60 }, () => 4);
    const prices = [1, 2, 3];
    class Prices extends Array<number> {}
    const circle: Record<string, unknown> = { prices, budget };
    circle.self = circle;
    const before = priced.shared();
    for (const context of [
      { prices: Prices.from(prices), budget },
      { prices, budget, [Symbol("note")]: 1 },
      Object.defineProperty({ prices, budget }, "hidden", { value: 1 }),
      circle,
    ]) {
      const [one, many] = [theta.slice(), theta.slice()];
      priced.plain.map(theta, one, context as never);
      priced.threaded.map(theta, many, context as never);
      expect(many).toEqual(one);
    }
    expect(priced.shared()).toBe(before);
  });

  test("what cannot be sent stays here: functions in a context, another's generator", () => {
    const theta = random(60 * 3);
    const context = { prices: [1, 2, 3], budget: Array.from({ length: 60 }, () => 4), price: () => 1 };
    const [one, many] = [theta.slice(), theta.slice()];
    priced.plain.map(theta, one, context);
    priced.threaded.map(theta, many, context);
    expect(many).toEqual(one);
    const other = Object.create(rng(1)) as ReturnType<typeof rng>;
    const out = random(50);
    expect(() => subsets.threaded.sample(random(50), other, out)).toThrow(TypeError);
    expect(out).toEqual(random(50));
  });
});

describe("layers over threads have the bits of one thread", () => {
  const layers: Record<string, (family: ExponentialFamily) => Layer<{ k: number[] }>> = {
    imle: (f) => imle(f, { samples: 2, difference: "central" }),
    simple: (f) => simple(f, { samples: 2 }),
    straightThrough: (f) => straightThrough(f),
    perturbedOptimizer: (f) => perturbedOptimizer(f, { samples: 3 }),
    gumbelSoftmax: (f) => gumbelSoftmax(f, { hard: true }),
  };
  test.each(Object.keys(layers))("%s", (name) => {
    const k = Array.from({ length: rows }, (_, row) => 1 + (row % 3));
    const theta = random(rows * 5);
    const results = [subsets.plain, subsets.threaded].map((family) => {
      const layer = layers[name]!(family as ExponentialFamily);
      const z = layer.forward(theta, rng(4), { k });
      return [z.value, z.backward(random(rows * sizeOf(layer.outputShape), 5)), z.diagnostics];
    });
    expect(results[1]).toEqual(results[0]);
  });

  test("scoreFunction", () => {
    const gradients = [subsets.plain, subsets.threaded].map((family) =>
      scoreFunction(family)
        .forward(random(rows * 5), rng(4))
        .backward(random(rows, 6)),
    );
    expect(gradients[1]).toEqual(gradients[0]);
  });
});

describe("errors are those of one thread, the first bad row's", () => {
  const theta = random(rows * 5);
  const wrong: Record<string, [theta: FloatArray, out: FloatArray, context?: object]> = {
    "NaN behind a row without a state": [
      theta.map((x, i) => (i === 1200 ? Number.NaN : i < 5 ? -Infinity : x)),
      theta.slice(),
    ],
    "two rows without a state": [
      theta.map((x, i) => ([100, 101, 102, 103, 1000, 1001, 1002, 1003].includes(i) ? -Infinity : x)),
      theta.slice(),
    ],
    "a size out of range": [
      theta,
      theta.slice(),
      { k: Array.from({ length: rows }, (_, r) => (r === 250 ? 9 : 1)) },
    ],
    "sizes of too few rows": [theta, theta.slice(), { k: [1, 2] }],
    "an unknown key": [theta, theta.slice(), { kk: new Array(rows).fill(1) }],
    "an object that is not plain": [
      theta,
      theta.slice(),
      Object.assign(Object.create({ mask: theta }), { k: new Array(rows).fill(1) }),
    ],
    "a short out": [theta, new Float64Array(5)],
    "theta of an odd length": [theta.subarray(1), theta.slice()],
  };
  test.each(Object.keys(wrong))("%s", (title) => {
    const [t, out, context] = wrong[title]!;
    const before = out.slice();
    const want = thrown(() => subsets.plain.marginals(t, out, context));
    const got = thrown(() => subsets.threaded.marginals(t, out, context));
    expect(want).toBeInstanceOf(Error);
    expect(got).toStrictEqual(want);
    expect(out).toEqual(before);
  });
});

describe("where calls are solved", () => {
  test("calls that take less than handing them over stay on the calling thread", async () => {
    const { threaded, plain, shared } = await sharing("kSubset", 2, { handover: 60_000, copy: 0 });
    const theta = random(rows * 5);
    const [one, many] = [theta.slice(), theta.slice()];
    plain.map(theta, one);
    for (let call = 0; call < 5; call++) {
      many.fill(0);
      threaded.map(theta, many);
      expect(many).toEqual(one);
    }
    // Nothing is known of the first.
    expect(shared()).toBe(1);
    threaded.dispose();
  });

  test("a solver may call the structure that it serves", async () => {
    const { threaded, shared } = mortals;
    const theta = random(40);
    const inner = new Float64Array(40);
    let depth = 0;
    caller.solve = () => {
      if (depth++ === 0) threaded.map(theta, inner);
    };
    const out = new Float64Array(40);
    threaded.map(theta, out);
    caller.solve = () => {};
    expect(depth).toBeGreaterThan(0);
    expect(inner).toEqual(out);
    expect(shared()).toBe(1);
  });
});

describe("threads end", () => {
  test("one that ends in mid-call is an error by name, of this call and of all later ones", () => {
    const { threaded } = mortals;
    const theta = new Float64Array(2000).fill(DEADLY);
    const out = new Float64Array(2000).fill(7);
    // The other thread gets its share.
    caller.solve = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    expect(() => threaded.map(theta, out)).toThrow(ThreadError);
    caller.solve = () => {};
    expect(out.every((x) => x === 7)).toBe(true);
    expect(() => threaded.map(theta, out)).toThrow(/thread 1: it exited with code 7/);
    expect(() => threaded.map(new Float64Array(2), out.subarray(0, 2))).toThrow(ThreadError);
    threaded.dispose();
  });

  test("one that ends between calls is an error of the next", async () => {
    const { threaded } = await sharing("diesLater", 2);
    const theta = new Float64Array(4).fill(DEADLY);
    // The other thread gets its share.
    caller.solve = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    threaded.map(theta, theta.slice());
    caller.solve = () => {};
    await expect
      .poll(() => String(thrown(() => threaded.map(theta, theta.slice()))))
      .toMatch(/ThreadError: .*thread 1: out of a timer/);
    threaded.dispose();
  });

  test("by dispose, after which calls are errors", async () => {
    const structure = await start("twoOfFour");
    structure.dispose();
    structure.dispose();
    expect(() => structure.map(new Float64Array(4), new Float64Array(4))).toThrow(/has been disposed/);
  });

  test("their structure with them, once", async () => {
    let disposed = 0;
    const module: { caller: typeof caller } = await import(url.href);
    module.caller.dispose = () => disposed++;
    const structure = await start("onlyHere", 1);
    structure.dispose();
    structure.dispose();
    expect(disposed).toBe(1);
    await expect(start("onlyHere")).rejects.toThrow("not in this thread");
    expect(disposed).toBe(2);
  });

  test("by dispose out of the solver that they help: the call is an error, and does not hang", async () => {
    const { threaded } = await sharing("slow", 2);
    caller.solve = () => {
      // The other thread gets its share.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
      threaded.dispose();
    };
    const theta = random(8);
    expect(() => threaded.map(theta, theta.slice())).toThrow(
      new ThreadError("threaded: it has been disposed"),
    );
    caller.solve = () => {};
  });

  test("with the process, which they do not keep", () => {
    const script = `
      import { threaded } from "./src/threads/threaded.ts";
      import { TYPESCRIPT_THREADS } from "./lab/run/typescript-threads.ts";
      const options = { threads: 2, data: "kSubset", execArgv: TYPESCRIPT_THREADS };
      const structure = await threaded(new URL("./test/threads/structures.ts", ${JSON.stringify(import.meta.url)}.replace("src/threads/", "")), options);
      const z = new Float64Array(10);
      structure.map(Float64Array.from({ length: 10 }, (_, i) => Math.sin(i)), z);
      console.log(z.join(""));
    `;
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", timeout: 25_000 })).toBe(
      "0110000110\n",
    );
  });
});

describe("starting", () => {
  test("one thread is the structure itself", async () => {
    const structure = await start("kSubset", 1);
    const out = new Float64Array(5);
    structure.map(Float64Array.of(1, 5, 3, 4, 2), out);
    expect(out).toEqual(Float64Array.of(0, 1, 0, 1, 0));
    structure.dispose();
  });

  test.each([
    ["nothing", TypeError, /what file:.* makes expected a structure with a MAP solver, .*got Object/],
    ["shapeless", TypeError, /makes expected a structure with a shape, got shapeless/],
    ["onlyHere", Error, /thread 1: not in this thread/],
    ["never", ThreadError, /thread 1: it exited with code 3/],
  ] as const)("a maker of %s is an error", async (name, kind, message) => {
    const error = await start(name).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toMatch(message);
  });

  test("bundlers can make a script of the worker, which starts no other", () => {
    const entryPoints = [fileURLToPath(new URL("./worker.ts", import.meta.url))];
    const { outputFiles } = buildSync({ entryPoints, bundle: true, format: "iife", write: false });
    expect(outputFiles[0]!.text).not.toContain("new Worker");
  });

  test("wrong arguments are errors", async () => {
    const options = { threads: 2 };
    await expect(threaded("./a.js" as unknown as URL, options)).rejects.toThrow(/url expected a URL/);
    await expect(threaded(url, { threads: 0 })).rejects.toThrow(RangeError);
    await expect(threaded(url, undefined as never)).rejects.toThrow(/threads expected a number/);
    await expect(threaded(url, { threads: 2, data: (() => 1) as never })).rejects.toThrow(
      /^threaded: data expected what can be sent to a thread: .* could not be cloned/,
    );
    await expect(threaded(url, { thread: 2 } as never)).rejects.toThrow(/unknown option "thread"/);
    await expect(threaded(new URL("./team.ts", import.meta.url), options)).rejects.toThrow(
      /default export of .* expected a function that makes a structure, got undefined/,
    );
    await expect(threaded(new URL("./none.ts", import.meta.url), options)).rejects.toThrow(/none\.ts/);
  });
});
