/**
 * node --import ./kernels/compile.mjs --import tsx bench/threads/main.ts
 *
 * MAP of batches on one thread and on two, call by call in turn, and what a model of the costs says of 8 and 16. Rows beyond
 * the cores of this machine cannot be measured on it: the model takes a row's time from one thread, what sharing costs from what
 * was measured at start, and the last share as lost: time(p) = handover (p − 1) + copies + rows · (1 + 1/8) / p.
 */
import { TYPESCRIPT_THREADS } from "../../lab/run/typescript-threads.ts";
import { rng } from "../../src/core/rng.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { startTeam } from "../../src/threads/team.ts";
import { threadedStructure } from "../../src/threads/threaded-structure.ts";
import make, { benched } from "./structures.ts";

/** Milliseconds for a structure, and calls at least. */
const BUDGET = 4000;
const CALLS = 3;
const url = new URL("./structures.ts", import.meta.url).href;

console.log("structure, rows | one thread ms | two ms | ratio | model: 2 | 8 | 16 | handover µs | copies µs");
for (const [name, { rows, theta: from }] of Object.entries(benched)) {
  const one = await make(name);
  const reported = Object.keys((await make(name)).report?.() ?? {}).length;
  const team = await startTeam({ url, data: name, threads: 2, execArgv: TYPESCRIPT_THREADS, reported });
  const two = threadedStructure(await make(name), team);
  const r = rng(1);
  const theta = Float64Array.from({ length: rows * sizeOf(one.shape) }, () => from(r.normal()));
  const out = theta.slice();
  const [alone, together]: [number[], number[]] = [[], []];
  const end = performance.now() + BUDGET;
  while (alone.length < CALLS || performance.now() < end) {
    for (const [structure, times] of [
      [one, alone],
      [two, together],
    ] as const) {
      const start = performance.now();
      structure.map(theta, out);
      times.push(performance.now() - start);
    }
  }
  const [best1, best2] = [Math.min(...alone), Math.min(...together)];
  const { handover, copy } = team.costs;
  const copies = 2 * theta.length * copy;
  const model = (p: number): string =>
    (best1 / (handover * (p - 1) + copies + (best1 * (1 + 1 / 8)) / p)).toFixed(1);
  const cells = [
    `${name}, ${rows}`,
    best1.toFixed(2),
    best2.toFixed(2),
    (best1 / best2).toFixed(2),
    ...[2, 8, 16].map(model),
    (1000 * handover).toFixed(0),
    (1000 * copies).toFixed(0),
  ];
  console.log(cells.join(" | "));
  two.dispose();
}
