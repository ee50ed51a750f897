/** report.html of a sweep. */
import type { Setting } from "../experiment.ts";
import { type HeatCell, heatMap } from "../report/charts/heat-map.ts";
import { lineChart } from "../report/charts/line-chart.ts";
import { formatNumber, formatSpread } from "../report/format.ts";
import { escapeHtml, richText } from "../report/html.ts";
import { renderDocument, renderSection } from "../report/render.ts";
import type { Figure, Section, Table } from "../report/report.ts";
import type { Result } from "../run/summary.ts";
import { chooseGoal, type Goal } from "./goal.ts";
import { type Group, groupRuns } from "./groups.ts";
import type { SweepRecord } from "./record.ts";

export interface SweepPageOptions {
  readonly metric?: string | undefined;
  readonly best?: "min" | "max" | undefined;
}

interface Findings {
  readonly lead: string;
  readonly sections: readonly Section[];
}

export function sweepFindings(record: SweepRecord, options: SweepPageOptions): Findings {
  const done = record.runs.filter((run) => run.status === "done");
  const failed = record.runs.filter((run) => run.status === "failed");
  const results = done.flatMap((run) => run.results);
  const goal = chooseGoal(results, options.metric, options.best);
  const groups = goal === undefined ? [] : groupRuns(done, goal);
  const sections: Section[] = [];
  if (goal !== undefined) {
    sections.push({ title: "Settings", conclusion: meaning(goal), tables: [settingsTable(groups, goal)] });
    const figures = figuresOf(record, groups, goal);
    if (figures.length > 0) sections.push({ title: "What the settings do", figures });
  }
  if (failed.length > 0) {
    const rows = failed.map((run) => [
      words(run.settings),
      String(run.seed),
      run.error ?? "",
      run.machine ?? "",
    ]);
    const columns = ["settings", "seed", "error", "machine"].map((title) => ({ title }));
    sections.push({ title: "What failed", tables: [{ columns, rows }] });
  }
  return { lead: lead(groups, goal), sections };
}

export async function renderSweep(record: SweepRecord, options: SweepPageOptions): Promise<string> {
  const { lead, sections } = sweepFindings(record, options);
  const done = record.runs.filter((run) => run.status === "done");
  const failed = record.runs.filter((run) => run.status === "failed");
  const body: string[] = [];
  for (const section of sections) body.push(await renderSection(section, "sweep-"));
  const seconds = done.reduce((sum, run) => sum + (run.seconds ?? 0), 0);
  const facts = [
    ["preset", record.preset],
    ["seeds", record.seeds.length > 8 ? `${record.seeds.length} of them` : record.seeds.join(", ")],
    ["runs", `${done.length} done, ${failed.length} failed, of ${record.runs.length}`],
    ["time of all runs", `${Math.round(seconds)} s`],
    ["code", record.version],
  ] as const;
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`);
  return renderDocument(
    `Sweep of ${record.experiment} · hardgrad`,
    `<header>
<h1>Sweep of ${escapeHtml(record.experiment)}</h1>
<p class="lead">${richText(lead)}</p>
<dl class="facts">${list.join("")}</dl>
</header>
${body.join("\n")}
<footer>Every run is in <code>sweep.json</code> beside this page, and has a folder of its own.</footer>`,
  );
}

function lead(groups: readonly Group[], goal: Goal | undefined): string {
  const first = groups[0];
  if (first === undefined || goal === undefined) return "No run has a result for this metric.";
  if (goal.best === undefined) {
    return `Whether more or less ${goal.metric} is better is not known: add \`--best min\` or \`--best max\`.`;
  }
  const judged =
    first.judged === undefined ? "" : `, and on the test data ${goal.judged} ${spread(first.judged)}`;
  return `Best: **${words(first.settings)}**, ${first.method}, with ${goal.metric} ${spread(first.chosen)}${judged}.`;
}

function meaning(goal: Goal): string {
  const order =
    goal.best === undefined ? "In the order of the sweep" : `Best first: ${goal.best} ${goal.metric}`;
  return `${order}; mean ± standard deviation over seeds.${goal.judged === undefined ? "" : ` Chosen by \`${goal.metric}\`, judged by \`${goal.judged}\`.`}${goal.metric.startsWith("test-") ? " Chosen on test data: the best number is too good." : ""}`;
}

function settingsTable(groups: readonly Group[], goal: Goal): Table {
  const keys = Object.keys(groups[0]?.settings ?? {});
  const right = (title: string) => ({ title, align: "right" as const });
  return {
    columns: [
      ...keys.map((title) => ({ title })),
      { title: "method" },
      right(goal.metric),
      ...(goal.judged === undefined ? [] : [right(goal.judged)]),
      right("seeds"),
    ],
    rows: groups.map(({ settings, method, chosen, judged }) => [
      ...keys.map((key) => String(settings[key])),
      method,
      spread(chosen),
      ...(judged === undefined ? [] : [spread(judged)]),
      String(chosen.runs),
    ]),
  };
}

/** A heat map a method for two varied settings, and the difference of two methods; curves by method for one; a list of methods is no axis. */
function figuresOf(record: SweepRecord, groups: readonly Group[], goal: Goal): Figure[] {
  const kinds = groups[0]?.settings ?? {};
  const axes = record.vary.filter(({ key, values }) => !Array.isArray(kinds[key]) && values.length > 1);
  // In the order of the sweep, not of the ranks: a difference has its sign.
  const results = record.runs.flatMap((run) => run.results);
  const methods = [...new Set(results.filter((r) => r.metric === goal.metric).map((r) => r.method))];
  const metric = goal.judged ?? goal.metric;
  const value = (group: Group): Result => group.judged ?? group.chosen;
  const [x, y] = axes;
  if (axes.length === 1 && x !== undefined && typeof kinds[x.key] === "number") {
    const lines = methods.map((name) => ({
      name,
      points: groups
        .filter(({ method, chosen }) => method === name && Number.isFinite(chosen.mean))
        .map((group) => {
          const { mean, std } = value(group);
          return { x: Number(group.settings[x.key]), y: mean, low: mean - std, high: mean + std };
        })
        .sort((a, b) => a.x - b.x),
    }));
    const log = x.values.every((text) => Number(text) > 0);
    const spec = lineChart({ lines, x: { title: x.key, log }, y: { title: metric }, marks: true });
    return [{ name: `${metric}-curves`, alt: `${metric} against ${x.key}, by method`, spec }];
  }
  if (axes.length !== 2 || x === undefined || y === undefined) return [];
  const at = (name: string, a: string, b: string): Result | undefined => {
    const found = groups.find(
      (g) => g.method === name && isValue(g.settings[x.key], a) && isValue(g.settings[y.key], b),
    );
    return found && value(found);
  };
  const cellsOf = (cell: (a: string, b: string) => Omit<HeatCell, "x" | "y"> | undefined): HeatCell[] =>
    [...y.values].reverse().flatMap((b) =>
      x.values.flatMap((a) => {
        const found = cell(a, b);
        return found === undefined ? [] : [{ x: a, y: b, ...found }];
      }),
    );
  const figure = (about: string, title: string, cells: HeatCell[], diverging: boolean): Figure => ({
    name: `${metric}-${about}`.replace(/[^\w-]+/g, "-"),
    alt: `${title} for ${x.key} and ${y.key}`,
    spec: heatMap({ title, cells, x: x.key, y: y.key, diverging }),
  });
  const maps = methods.map((name) => {
    const cells = cellsOf((a, b) => {
      const found = at(name, a, b);
      return found && { value: found.mean, ...(found.runs > 1 ? { spread: found.std } : {}) };
    });
    return figure(name, `${name}: ${metric}`, cells, false);
  });
  const [one, other] = methods;
  if (methods.length !== 2 || one === undefined || other === undefined) return maps;
  const difference = cellsOf((a, b) => {
    const [p, q] = [at(one, a, b), at(other, a, b)];
    return p && q && { value: p.mean - q.mean };
  });
  return [...maps, figure("difference", `${one} − ${other}: ${metric}`, difference, true)];
}

function isValue(setting: Setting | undefined, text: string): boolean {
  return typeof setting === "number" ? setting === Number(text) : String(setting) === text;
}

function words(settings: Readonly<Record<string, Setting>>): string {
  return (
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}`)
      .join(" ") || "the preset"
  );
}

function spread({ mean, std }: Result): string {
  // One seed: enough digits to tell neighbours apart.
  return std > 0 ? formatSpread(mean, std) : formatNumber(mean, 5);
}
