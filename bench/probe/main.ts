/**
 * node --import ./kernels/compile.mjs --import tsx bench/probe/main.ts [warcraft] [dvae] [--seeds 3] [--seconds 10]
 *
 * Does what `probe` recommends train best? Trains an experiment's network to the middle, probes the layer there, and goes on
 * from that very state with every estimator of the probe's table, at the dial that the probe found, and with those that the
 * experiment trains with. Prints each training as it ends, then a table.
 */
import { parseArgs } from "node:util";
import { startEngine } from "../../lab/nn/device.ts";
import { probe, rng } from "../../src/index.ts";
import { layerOf, type Probed } from "./midway.ts";

/** Estimators whose gradient takes longer are not trained with, in seconds. */
const SLOW = 0.15;

/** A second is one of this process's own: whoever else is on the machine changes nothing. */
performance.now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

await startEngine("wasm");
const { dvae } = await import("./dvae.ts");
const { warcraft } = await import("./warcraft.ts");
const { values, positionals } = parseArgs({
  options: { seeds: { type: "string", default: "3" }, seconds: { type: "string", default: "10" } },
  allowPositionals: true,
});
for (const experiment of [warcraft, dvae]) {
  if (positionals.length > 0 && !positionals.includes(experiment.name)) continue;
  const trained: Trained[] = [];
  for (let seed = 0; seed < Number(values.seeds); seed++) trained.push(...(await once(experiment, seed)));
  console.log(tableOf(experiment, trained));
}

interface Trained {
  readonly label: string;
  readonly hard: boolean;
  /** What the probe said, where it was asked. */
  readonly error: number | undefined;
  readonly end: number;
  /** Among those that the probe knows, 1 the best. */
  readonly place: number | undefined;
}

async function once(experiment: Probed, seed: number): Promise<Trained[]> {
  const middle = await experiment.midway(seed);
  const { structure, theta, loss } = middle;
  const result = probe({ structure, theta, loss, rng: rng(seed), seconds: Number(values.seconds) });
  console.log(`${experiment.name}, seed ${seed}\n\n${result}\n`);
  const arms: Omit<Trained, "place">[] = [];
  async function train(label: string, code: string, hard: boolean, error?: number): Promise<void> {
    const end = await middle.goOn(layerOf(code, structure));
    console.log(`${end.toFixed(2).padStart(8)}  ${error?.toFixed(3) ?? "     "}  ${code}`);
    arms.push({ label, hard, error, end });
  }
  for (const { label, code, error, states, seconds, zeroShare } of result.estimators) {
    // The score function takes losses, not their gradients.
    if (code.startsWith("scoreFunction") || seconds > SLOW || zeroShare === 1) continue;
    await train(label, code, states === "hard", error);
  }
  for (const [label, code] of Object.entries(experiment.own)) await train(label, code, true);
  middle.dispose();
  const sign = experiment.better === "higher" ? -1 : 1;
  const known = arms.filter(({ error }) => error !== undefined).sort((a, b) => sign * (a.end - b.end));
  console.log(`\nrank correlation of error and outcome: ${rankCorrelation(known, sign).toFixed(2)}\n`);
  return arms.map((arm) => ({ ...arm, place: arm.error === undefined ? undefined : known.indexOf(arm) + 1 }));
}

/** Spearman's, of those sorted by outcome: 1 where the probe's order is that of the trainings. */
function rankCorrelation(sorted: readonly Omit<Trained, "place">[], sign: number): number {
  const rank = (of: (arm: Omit<Trained, "place">) => number) => {
    const all = sorted.map(of);
    return all.map((x) => all.filter((y) => y < x).length + (all.filter((y) => y === x).length - 1) / 2);
  };
  const [a, b] = [rank(({ error }) => error!), rank(({ end }) => sign * end)];
  const mean = (sorted.length - 1) / 2;
  const product = (x: number[], y: number[]) =>
    x.reduce((sum, xi, i) => sum + (xi - mean) * (y[i]! - mean), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

function tableOf({ name, about, metric }: Probed, trained: readonly Trained[]): string {
  const labels = [...new Set(trained.map(({ label }) => label))];
  const rows = labels.map((label) => {
    const own = trained.filter((arm) => arm.label === label);
    const mean = (of: (arm: Trained) => number) => own.reduce((sum, arm) => sum + of(arm), 0) / own.length;
    const end = mean((arm) => arm.end);
    const std = Math.sqrt(mean((arm) => (arm.end - end) ** 2));
    const { error, hard } = own[0]!;
    const said =
      error === undefined
        ? ["–", "–"]
        : [mean((arm) => arm.error!).toFixed(2), own.map((arm) => arm.place).join(", ")];
    return {
      end,
      cells: [`${label}${hard ? "" : " (soft)"}`, said[0], `${end.toFixed(1)} ± ${std.toFixed(1)}`, said[1]],
    };
  });
  return [
    `**${name}**: ${about}`,
    "",
    `| estimator | probe's error | ${metric} | place, a seed each |`,
    "|---|---:|---:|---:|",
    ...rows.map(({ cells }) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}
