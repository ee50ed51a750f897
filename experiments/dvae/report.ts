import type { FinishedRun } from "../experiment.ts";
import { type Line, lineChart } from "../report/charts/line-chart.ts";
import { formatNumber, formatPlaces, formatSpread } from "../report/format.ts";
import type { Column, Report, Section, Table } from "../report/report.ts";
import { type Result, result } from "../run/summary.ts";
import type { DvaeConfig, MethodName } from "./config.ts";
import { contactSheet } from "./contact-sheet.ts";
import { isForOne } from "./methods.ts";
import type { EpochMetric } from "./train.ts";

type Finished = FinishedRun<DvaeConfig>;

const NAMES: Readonly<Record<MethodName, string>> = {
  "imle-sog": "I-MLE, Sum-of-Gamma",
  "imle-gumbel": "I-MLE, Gumbel",
  simple: "SIMPLE",
  ste: "straight-through",
  sst: "stochastic softmax",
  "gumbel-softmax": "Gumbel-softmax, relaxed",
  "gumbel-softmax-st": "Gumbel-softmax, straight-through",
  "simple-k1": "SIMPLE, k = 1",
};

export function report(run: Finished): Report {
  return {
    lead: lead(run),
    sections: [
      curves(run),
      statements(run),
      parts(run),
      epochs(run),
      reconstructions(run),
      samples(run),
      times(run),
    ],
  };
}

function lead(run: Finished): string {
  const { config, summary } = run;
  const best = (names: readonly MethodName[]): string => {
    const [first, ...others] = [...names].sort((a, b) => mean(run, a) - mean(run, b));
    const rest = others.map((name) => `${NAMES[name]} ${formatPlaces(mean(run, name), 1)}`);
    return `**${NAMES[first!]}** has the lowest test loss, ${formatPlaces(mean(run, first!), 1)}${rest.length > 0 ? ` (${rest.join(", ")})` : ""}`;
  };
  const [many, one] = split(config);
  const said = [
    ...(many.length > 0 ? [`With ${config.k}-subsets ${best(many)}.`] : []),
    ...(one.length > 0 ? [`With one of ${config.categories}, ${best(one)}.`] : []),
  ];
  return `${said.join(" ")} After ${config.epochs} ${config.epochs === 1 ? "epoch" : "epochs"} on ${summary.data}.`;
}

function curves(run: Finished): Section {
  const { config } = run;
  const [many, one] = split(config);
  const all = config.methods as readonly MethodName[];
  const highest = Math.max(...all.map((name) => average(run, name, 1, "testLoss")));
  const lowest = Math.min(...all.flatMap((name) => linesOf(run, name, 0).map((line) => line.testLoss)));
  const room = 0.04 * (highest - lowest);
  const domain = [lowest - room, highest + room] as const;
  const figure = (name: string, title: string, methods: readonly MethodName[], first: number) => ({
    name,
    alt: `Test loss against epochs: ${methods.map((m) => NAMES[m]).join(", ")}`,
    spec: lineChart({
      title,
      lines: methods.map((method, i): Line => ({ ...curve(run, method), color: first + i })),
      x: { title: "epochs", domain: [Math.min(1, config.epochs - 1), config.epochs] },
      y: { title: "test loss (nats)", domain },
      width: 430,
      height: 300,
      legendColumns: 2,
      marks: config.epochs <= 12,
    }),
  });
  return {
    title: "How the losses fall",
    source: "I-MLE, Figure 4; SIMPLE, Figure 4",
    conclusion: `Cross-entropy plus KL on the test images, with hard states, after each epoch. The KL here is ${
      config.kl === "softmax"
        ? "that of each variable's softmax, as in I-MLE's code: for subsets it is not the KL of what is sampled, and the loss is no bound"
        : "the exact one of the law that is sampled"
    }.`,
    figures: [
      ...(many.length > 0 ? [figure("subset", `${config.k}-subsets`, many, 0)] : []),
      ...(one.length > 0 ? [figure("one", `One of ${config.categories}`, one, 4)] : []),
    ],
  };
}

/** What the papers say in words; their figures have no numbers. */
const STATEMENTS: readonly {
  readonly says: string;
  readonly source: string;
  readonly lower: MethodName;
  readonly higher: MethodName;
}[] = [
  {
    says: "Sum-of-Gamma noise beats Gumbel noise",
    source: "I-MLE, Sec. 6",
    lower: "imle-sog",
    higher: "imle-gumbel",
  },
  {
    says: "I-MLE outperforms straight-through, which does not work here",
    source: "I-MLE, Sec. 6",
    lower: "imle-sog",
    higher: "ste",
  },
  { says: "SIMPLE beats I-MLE", source: "SIMPLE, Sec. 5.2", lower: "simple", higher: "imle-sog" },
  {
    says: "SIMPLE beats straight-through Gumbel-softmax at k = 1",
    source: "SIMPLE, Sec. 5.2",
    lower: "simple-k1",
    higher: "gumbel-softmax-st",
  },
];

function statements(run: Finished): Section {
  const judged = STATEMENTS.filter(({ lower, higher }) =>
    [lower, higher].every((name) => run.config.methods.includes(name)),
  );
  const loss = (name: MethodName, metric: string): string => formatPlaces(mean(run, name, metric), 1);
  const verdict = (lower: MethodName, higher: MethodName, metric: string): string => {
    const holds = mean(run, lower, metric) < mean(run, higher, metric);
    return `${holds ? "yes" : "**no**"}: ${loss(lower, metric)} and ${loss(higher, metric)}`;
  };
  return {
    title: "The papers' order",
    conclusion: "The papers print curves, and these statements. Ours, after the last epoch:",
    tables: [
      {
        columns: [
          { title: "statement" },
          { title: "source" },
          { title: "by test loss" },
          { title: "by bound" },
        ],
        rows: judged.map(({ says, source, lower, higher }) => [
          says,
          source,
          verdict(lower, higher, "test-loss"),
          verdict(lower, higher, "bound"),
        ]),
      },
    ],
  };
}

function parts(run: Finished): Section {
  const right = (title: string): Column => ({ title, align: "right" });
  const spread = (name: string, metric: string): string => {
    const found = find(run, name, metric);
    return found === undefined
      ? "–"
      : found.runs > 1
        ? formatSpread(found.mean, found.std)
        : formatPlaces(found.mean, 1);
  };
  const table: Table = {
    columns: [
      { title: "method" },
      right("test loss"),
      right("cross-entropy"),
      right("KL"),
      right("bound"),
      right("zero gradients"),
    ],
    rows: (run.config.methods as readonly MethodName[]).map((name) => [
      NAMES[name],
      ...["test-loss", "cross-entropy", "kl", "bound"].map((metric) => spread(name, metric)),
      percent(average(run, name, run.config.epochs, "zeroGradients")),
    ]),
  };
  return {
    title: "What the losses are made of",
    conclusion:
      "The bound is the same for all methods: exact samples of the k-subset law and its exact KL, an upper bound on −log p(x). Test losses use what each method samples, and compare only where that is the same.",
    tables: [table],
    notes: [
      "Zero gradients: the share of variables whose estimated gradient was zero in every entry, over the last epoch.",
      "Perturb-and-MAP draws other states than the law of the same θ has, and narrower ones: its cross-entropy is lower than the bound's, and the sum is not a bound.",
    ],
  };
}

function epochs(run: Finished): Section {
  const { config } = run;
  const methods = config.methods as readonly MethodName[];
  const shown = Array.from({ length: config.epochs }, (_, i) => i + 1).filter((epoch) =>
    isShown(epoch, config.epochs),
  );
  return {
    title: "Test loss after each epoch",
    tables: [
      {
        columns: [
          { title: "epoch", align: "right" },
          ...methods.map((name): Column => ({ title: name, align: "right" })),
        ],
        rows: shown.map((epoch) => [
          String(epoch),
          ...methods.map((name) => formatPlaces(average(run, name, epoch, "testLoss"), 1)),
        ]),
      },
    ],
  };
}

function reconstructions({ config, kept }: Finished): Section {
  const row = (name: string, key: string) => ({ name, images: kept[key]!.data as Uint8Array });
  return {
    title: "Digits and their reconstructions",
    source: "I-MLE, Figure 9",
    conclusion: "Test images, each encoded into hard states once and decoded.",
    figures: [
      {
        name: "reconstructions",
        alt: "Rows of digits: the originals, then each method's reconstructions",
        spec: contactSheet([
          row("test images", "digits/originals"),
          ...config.methods.map((name) => row(NAMES[name as MethodName], `${name}/0/reconstructions`)),
        ]),
      },
    ],
  };
}

function samples({ config, kept }: Finished): Section {
  return {
    title: "Samples from the prior",
    conclusion:
      "Uniform states, decoded. Where the KL is small the prior's states are those that the decoder was trained on; where it is large they are not.",
    figures: [
      {
        name: "samples",
        alt: "Rows of generated digits, one a method",
        spec: contactSheet(
          config.methods.map((name) => ({
            name: NAMES[name as MethodName],
            images: kept[`${name}/0/samples`]!.data as Uint8Array,
          })),
        ),
      },
    ],
  };
}

function times(run: Finished): Section {
  const right = (title: string): Column => ({ title, align: "right" });
  const rows = (run.config.methods as readonly MethodName[]).map((name) => {
    const { layer, engine, data } = timesOf(run, name);
    const total = layer + engine + data;
    return [NAMES[name], ...[layer, engine, data].map((part) => percent(part / total)), formatNumber(total)];
  });
  return {
    title: "Where the time goes",
    conclusion:
      "Of training alone, median epoch; the first, in which the engine compiles, is left out where there are others.",
    tables: [
      {
        columns: [
          { title: "method" },
          right("layer and KL"),
          right("engine"),
          right("data"),
          right("seconds an epoch"),
        ],
        rows,
      },
    ],
  };
}

/** Seconds of the median epoch of the first run. */
export function timesOf({ metrics }: Pick<Finished, "metrics">, name: string): EpochMetric["seconds"] {
  const lines = metrics.filter((line) => line.cell === `${name}/0`) as unknown as EpochMetric[];
  const total = ({ seconds }: EpochMetric): number => seconds.layer + seconds.engine + seconds.data;
  const later = lines.slice(lines.length > 1 ? 1 : 0).sort((a, b) => total(a) - total(b));
  return later[Math.floor((later.length - 1) / 2)]!.seconds;
}

function curve(run: Finished, name: MethodName): Line {
  const { epochs, runs } = run.config;
  const points = Array.from({ length: epochs }, (_, i) => {
    const values = Array.from({ length: runs }, (_, r) => linesOf(run, name, r)[i]!.testLoss);
    const { mean, std } = result(name, "test-loss", values);
    return { x: i + 1, y: mean, ...(runs > 1 ? { low: mean - std, high: mean + std } : {}) };
  });
  return { name: NAMES[name], points };
}

function average(run: Finished, name: string, epoch: number, key: "testLoss" | "zeroGradients"): number {
  const { runs } = run.config;
  let sum = 0;
  for (let r = 0; r < runs; r++) sum += linesOf(run, name, r)[epoch - 1]![key];
  return sum / runs;
}

function linesOf({ metrics }: Finished, name: string, r: number): EpochMetric[] {
  return metrics.filter((line) => line.cell === `${name}/${r}`) as unknown as EpochMetric[];
}

/** All epochs of a short training, about a dozen of a long one. */
function isShown(epoch: number, last: number): boolean {
  const round = Math.ceil(last / 10);
  return last <= 15 || epoch <= 3 || epoch === last || epoch % round === 0;
}

/** Methods for subsets, and those for one. */
function split({ methods }: DvaeConfig): [MethodName[], MethodName[]] {
  const names = methods as readonly MethodName[];
  return [names.filter((name) => !isForOne(name)), names.filter(isForOne)];
}

function find({ summary }: Finished, method: string, metric: string): Result | undefined {
  return summary.results.find((r) => r.method === method && r.metric === metric);
}

function mean(run: Finished, method: string, metric = "test-loss"): number {
  return find(run, method, metric)?.mean ?? Number.NaN;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–";
}
