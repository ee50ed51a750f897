/**
 * npm run bench [-- [filter] [--record]]
 *
 * Measures bench/cases/*.ts, each between two runs of its native kernel, so that both see the same machine.
 * The filter matches "<file>/<case>" by substring; one that begins with a file's name loads that file alone. --record goes
 * over all cases twice, a quarter of an hour, and writes bench/results.md.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { withoutKernels } from "../src/core/kernels.ts";
import type { BenchCase } from "./case.ts";
import { measure, type Timing } from "./measure.ts";
import { compileNative, type Native } from "./native.ts";

interface Row {
  readonly name: string;
  readonly ours: Timing;
  /** Best ns per item on TypeScript alone. */
  readonly plain: number;
  readonly native: number | undefined;
  readonly peer: { readonly name: string; readonly best: number } | undefined;
}

const { values, positionals } = parseArgs({
  options: { record: { type: "boolean", default: false } },
  allowPositionals: true,
});
if (values.record && positionals.length > 0) {
  console.error("--record records every case: leave the filter out");
  process.exit(1);
}

const native = compileNative();
if (typeof native === "string") console.log(`${native}\n`);
const cases = await load(positionals[0] ?? "");
const width = Math.max(4, ...cases.map(({ name }) => name.length));
console.log(line(["case", "ours ns/item", "median", "SIMD", "native", "ratio", "peer"]));
const rows = measureAll();
if (values.record) {
  // What else a machine has to do slows it down for minutes: the better of two times that lie minutes apart.
  const again = measureAll();
  const file = new URL("./results.md", import.meta.url);
  writeFileSync(file, report(rows.map((row, i) => better(row, again[i]!))));
  console.log("\nwrote bench/results.md");
}

async function load(filter: string): Promise<{ name: string; bench: BenchCase }[]> {
  const folder = new URL("./cases/", import.meta.url);
  const found: { name: string; bench: BenchCase }[] = [];
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .sort();
  const named = files.filter((file) => file.slice(0, -3) === filter.split("/", 1)[0]);
  for (const file of named.length > 0 ? named : files) {
    const { cases } = (await import(new URL(file, folder).href)) as { cases: readonly BenchCase[] };
    for (const bench of cases) {
      const name = `${file.slice(0, -3)}/${bench.name}`;
      if (name.includes(filter)) found.push({ name, bench });
    }
  }
  return found;
}

function measureAll(): Row[] {
  return cases.map(({ name, bench }) => {
    const row = measureCase(name, bench);
    console.log(line(cells(row)));
    return row;
  });
}

function better(a: Row, b: Row): Row {
  return {
    ...a,
    ours: a.ours.best <= b.ours.best ? a.ours : b.ours,
    plain: Math.min(a.plain, b.plain),
    native: a.native && b.native && Math.min(a.native, b.native),
    peer: a.peer && b.peer && { ...a.peer, best: Math.min(a.peer.best, b.peer.best) },
  };
}

function measureCase(name: string, { items, run, native: kernel, peer }: BenchCase): Row {
  const compiled: Native | undefined = typeof native === "string" ? undefined : native;
  const before = kernel && compiled?.measure(kernel);
  const ours = measure(run, items);
  const after = kernel && compiled?.measure(kernel);
  const plain = withoutKernels(() => measure(run, items).best);
  return {
    name,
    ours,
    plain,
    native: before && after ? Math.min(before, after) : undefined,
    peer: peer && { name: peer.name, best: measure(peer.run, items).best },
  };
}

function cells({ name, ours, plain, native, peer }: Row): string[] {
  return [
    name,
    digits(ours.best),
    digits(ours.median),
    `${(plain / ours.best).toFixed(2)}×`,
    native === undefined ? "–" : digits(native),
    native === undefined ? "–" : `${(ours.best / native).toFixed(2)}×`,
    peer === undefined ? "–" : `${peer.name} ${digits(peer.best)} (${(ours.best / peer.best).toFixed(2)}×)`,
  ];
}

function digits(ns: number): string {
  return ns < 100 ? ns.toPrecision(3) : Math.round(ns).toLocaleString("en-US");
}

function line([name, ...rest]: string[]): string {
  return [name!.padEnd(width), ...rest.map((cell) => cell.padStart(12))].join("  ");
}

function report(rows: readonly Row[]): string {
  const table = [
    ["case", "ours, ns/item", "median", "SIMD gains", "native C++", "ratio", "peer (ratio)"],
    ["---", "---:", "---:", "---:", "---:", "---:", "---"],
    ...rows.map(cells),
  ];
  const { model } = cpus()[0] ?? { model: "unknown processor" };
  return `# Benchmark results

Written by \`npm run bench -- --record\` on ${new Date().toISOString().slice(0, 10)}.

- processor: ${model}, one core used
- Node.js ${process.version}, V8 ${process.versions.v8}, ${process.platform} ${process.arch}
- native: ${typeof native === "string" ? "none" : native.compiler}

The best of several rounds in two passes over all cases, in nanoseconds per item; the native kernel runs before and after ours, the better counts.
A ratio above 1 means that C++ is faster. What SIMD gains is the time on TypeScript alone over ours, in the same run.

${table.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
}
