import type { FinishedRun } from "../../lab/experiment.ts";
import { type Line, lineChart } from "../../lab/report/charts/line-chart.ts";
import { scatter } from "../../lab/report/charts/scatter.ts";
import { formatNumber, formatPlaces } from "../../lab/report/format.ts";
import type { Figure, Report, Section, Table } from "../../lab/report/report.ts";
import { type Result, result } from "../../lab/run/summary.ts";
import type { DecisionsConfig } from "./config.ts";
import { chosen, labelOf } from "./methods.ts";
import { problems } from "./problems.ts";
import { PUBLISHED_NOISE, PUBLISHED_SIZE, PUBLISHED_SOURCE, published } from "./published.ts";

type Finished = FinishedRun<DecisionsConfig>;

const REFERENCE = "two-stage";
/** What is drawn together, beside the reference. */
const FAMILIES = [
  { name: "losses", title: "losses", methods: ["spo-plus", "fenchel-young"] },
  {
    name: "layers",
    title: "layers under the regret",
    methods: ["perturbed", "black-box", "identity", "imle", "imle-adaptive"],
  },
  { name: "pools", title: "losses over a pool", methods: ["nce", "contrastive", "listwise"] },
] as const;

interface Setting {
  readonly size: number;
  readonly noise: number;
}

/** A method's regret and time in a setting. */
type Measured = Result & { readonly seconds: number };

export function report(run: Finished): Report {
  const { config } = run;
  const settings = config.noises.flatMap((noise) => config.sizes.map((size): Setting => ({ size, noise })));
  const last = settings.at(-1)!;
  const label = problems.find(({ name }) => name === config.problem)!.label;
  return {
    lead: `Of ${config.methods.length} ways to train a linear prediction for the ${label}, ${bestOf(run, last)}. Regret is what decisions by the prediction lose, as a share of what the best ones are worth.`,
    sections: [
      ...settings.map((setting) => againstDegree(run, setting)),
      ...(config.sizes.length > 1 ? config.noises.map((noise) => againstSize(run, noise)) : []),
      againstTime(run, last),
    ],
  };
}

function bestOf(run: Finished, setting: Setting): string {
  const { degrees, methods } = run.config;
  const ends = degrees.length > 1 ? [Math.min(...degrees), Math.max(...degrees)] : degrees;
  const parts = ends.map((degree) => {
    const ranked = methods
      .map((method) => measured(run, method, degree, setting))
      .sort((a, b) => a.mean - b.mean);
    const best = ranked[0]!;
    const other = ranked.find(({ method }) => method === REFERENCE);
    const beside = other && best.method !== REFERENCE ? `, two-stage ${percent(other.mean)}` : "";
    return `**${labelOf(best.method)}** is best at degree ${degree} (${percent(best.mean)}${beside})`;
  });
  return `${parts.join(" and ")} with ${formatNumber(setting.size)} rows and noise ${setting.noise}`;
}

function againstDegree(run: Finished, setting: Setting): Section {
  const { config } = run;
  const figures: Figure[] = FAMILIES.flatMap(({ name, title, methods }) => {
    const shown = config.methods.filter((method) =>
      (methods as readonly string[]).includes(chosen(method)!.method.name),
    );
    if (shown.length === 0 || config.degrees.length < 2) return [];
    const reference = config.methods.includes(REFERENCE) ? [REFERENCE] : [];
    const lines = [...reference, ...shown].map((method): Line => {
      const { method: of, throughPool } = chosen(method)!;
      return {
        name: labelOf(method),
        color: method === REFERENCE ? 6 : (methods as readonly string[]).indexOf(of.name),
        dashed: throughPool || method === REFERENCE,
        points: config.degrees.map((degree) => ({
          x: degree,
          y: 100 * measured(run, method, degree, setting).mean,
        })),
      };
    });
    return [
      {
        name: `degree-${name}-${setting.size}-${setting.noise}`,
        alt: `Regret against degree: ${lines.map((line) => line.name).join(", ")}`,
        spec: lineChart({
          title,
          lines,
          x: { title: "degree" },
          y: { title: "regret, %", domain: range(run, setting) },
          width: 215,
          height: 230,
          marks: true,
          legendColumns: 2,
        }),
      },
    ];
  });
  return {
    title: `Regret against degree: ${formatNumber(setting.size)} rows, noise ${setting.noise}`,
    conclusion: crossing(run, setting),
    figures,
    tables: [regretTable(run, setting)],
    notes: [
      `Regret in %, mean and standard deviation over ${config.instances} instances; ${config.steps} updates on batches of ${config.batch}, but for two-stage, which is least squares. Degree 1 is a linear truth, which the predictor can express; at higher degrees it cannot, and what matters is where it errs.`,
    ],
  };
}

/** What the comparison is about. */
function crossing(run: Finished, setting: Setting): string {
  const { degrees, methods } = run.config;
  if (!methods.includes(REFERENCE)) return "";
  const low = Math.min(...degrees);
  const high = Math.max(...degrees);
  const rank = (degree: number): number =>
    1 +
    methods.filter(
      (method) =>
        measured(run, method, degree, setting).mean < measured(run, REFERENCE, degree, setting).mean,
    ).length;
  const at = (degree: number): string => `${rank(degree)} of ${methods.length} at degree ${degree}`;
  return `Fitting the worths themselves ranks ${at(low)}${high > low ? `, and ${at(high)}` : ""}.`;
}

function regretTable(run: Finished, setting: Setting): Table {
  const { degrees, methods, problem } = run.config;
  const comparable = setting.size === PUBLISHED_SIZE && setting.noise === PUBLISHED_NOISE;
  const theirs = comparable ? published[problem]! : {};
  return {
    ...(comparable && {
      caption: `In brackets: published, ${PUBLISHED_SOURCE}${problem === "tour" ? ", with ten features" : ""}.`,
    }),
    columns: [
      { title: "method" },
      ...degrees.map((degree) => ({ title: `degree ${degree}`, align: "right" as const })),
    ],
    rows: methods.map((method) => [
      labelOf(method),
      ...degrees.map((degree) => {
        const { mean, std } = measured(run, method, degree, setting);
        const value = theirs[method]?.[degree];
        return `${formatPlaces(100 * mean, 1)} ± ${formatPlaces(100 * std, 1)}${value === undefined ? "" : ` (${formatPlaces(100 * value, 1)})`}`;
      }),
    ]),
  };
}

function againstSize(run: Finished, noise: number): Section {
  const { degrees, methods, sizes } = run.config;
  const degree = Math.max(...degrees);
  return {
    title: `More rows: degree ${degree}, noise ${noise}`,
    tables: [
      {
        columns: [
          { title: "method" },
          ...sizes.map((size) => ({ title: `${formatNumber(size)} rows`, align: "right" as const })),
        ],
        rows: methods.map((method) => [
          labelOf(method),
          ...sizes.map((size) => formatPlaces(100 * measured(run, method, degree, { size, noise }).mean, 1)),
        ]),
      },
    ],
    notes: [`Regret in %, means over ${run.config.instances} instances.`],
  };
}

function againstTime(run: Finished, setting: Setting): Section {
  const { degrees, methods } = run.config;
  const degree = Math.max(...degrees);
  const dots = methods.map((method) => {
    const { mean, seconds } = measured(run, method, degree, setting);
    const family = FAMILIES.findIndex(({ methods: of }) =>
      (of as readonly string[]).includes(chosen(method)!.method.name),
    );
    return {
      name: labelOf(method),
      x: Math.max(seconds, 1e-3),
      y: 100 * mean,
      color: family < 0 ? 6 : family,
    };
  });
  return {
    title: "What it costs",
    figures: [
      {
        name: "time",
        alt: `Regret against seconds of training: ${dots.map(({ name }) => name).join(", ")}`,
        caption: `Degree ${degree}, ${formatNumber(setting.size)} rows, noise ${setting.noise}.`,
        spec: scatter({
          dots,
          x: { title: "seconds of training, one instance", log: true },
          y: { title: "regret, %" },
          width: 520,
          height: 380,
        }),
      },
    ],
    notes: [
      "Of one training, without the best decisions of its rows, which all methods but two-stage are given. Blue: losses that solve; orange: layers; green: losses over a pool.",
    ],
  };
}

function measured(run: Finished, method: string, degree: number, { size, noise }: Setting): Measured {
  const lines = run.metrics.filter(
    (line) => line.method === method && line.degree === degree && line.size === size && line.noise === noise,
  );
  const numbers = (key: string): number[] => lines.map((line) => Number(line[key]));
  return {
    ...result(method, "regret", numbers("regret")),
    seconds: numbers("seconds").reduce((a, b) => a + b, 0) / lines.length,
  };
}

/** Ends of the vertical axes, in %. */
function range(run: Finished, setting: Setting): [number, number] {
  const { degrees, methods } = run.config;
  const means = methods.flatMap((method) =>
    degrees.map((degree) => 100 * measured(run, method, degree, setting).mean),
  );
  return [Math.floor(0.8 * Math.min(...means)), Math.ceil(Math.max(...means))];
}

function percent(share: number): string {
  return `${formatPlaces(100 * share, 1)} %`;
}
