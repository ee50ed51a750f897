/** The table of results in the main README: what was recorded, an experiment's first lines. */
import { formatPlaces } from "../lab/report/format.ts";
import type { Records, ResultsRecord } from "../lab/results/record.ts";
import { mean, publishedOf, resultOf, spread, type Tables, tableOf } from "../lab/results/tables.ts";
import { published as pyepo } from "./decisions/published.ts";
import { claims } from "./gradient-quality/simple/claims.ts";
import { TRUE_TERMS } from "./sparse-regression/library.ts";
import { ACROSS } from "./synthetic/config.ts";
import { NAMES } from "./synthetic/figures/lines.ts";

interface Row {
  readonly what: string;
  readonly ours: string;
  readonly published: string;
}

interface Part {
  readonly experiment: string;
  readonly record: string;
  /** What all of its rows are about. */
  readonly about: string;
  rows(record: ResultsRecord): Row[];
}

const parts: readonly Part[] = [
  {
    experiment: "synthetic",
    record: "paper",
    about: "I-MLE Fig. 3, final gap on the authors' instance, over runs, and on ten, over these",
    rows: (record) =>
      (["imle-sog", "imle-gumbel", "ste-gumbel", "sfe"] as const).map((method) => {
        const theirs = publishedOf(record, method, "gap");
        const [own, ten] = ["gap", ACROSS].map((metric) => spread(resultOf(record, method, metric), 2));
        return {
          what: NAMES[method],
          ours: `${own}; ${ten}`,
          published: mean(theirs && { mean: theirs.value }, 2),
        };
      }),
  },
  {
    experiment: "gradient-quality",
    record: "paper",
    about: "SIMPLE Figs. 1 and 3, ten instances × 10,000 gradients",
    rows(record) {
      const held = claims.filter(({ text }) => resultOf(record, "the paper", text)!.mean === 1);
      const what = "the paper's statements that hold on all ten";
      return [{ what, ours: String(held.length), published: String(claims.length) }];
    },
  },
  {
    experiment: "sparse-regression",
    record: "paper",
    about: "SIMPLE Sec. 5.4, the Kuramoto–Sivashinsky equation from data",
    rows: (record) =>
      TRUE_TERMS.map((term) => {
        const metric = `coefficient of ${term}`;
        const theirs = publishedOf(record, "simple", metric)!;
        return {
          what: metric,
          ours: mean(resultOf(record, "simple", metric), 5),
          published: formatPlaces(theirs.value, 5),
        };
      }),
  },
  {
    experiment: "dvae",
    record: "softmax",
    about: "I-MLE Fig. 4, an auto-encoder whose code is 20 subsets, all of MNIST, 6 of 100 epochs, test loss",
    rows: (record) =>
      (["imle-sog", "imle-gumbel", "ste"] as const).map((method) => {
        const theirs = record.summary.published
          .filter((p) => p.method === method && p.metric === "test-loss")
          .map(({ value }) => value);
        return {
          what: `\`${method}\``,
          ours: spread(resultOf(record, method, "test-loss"), 1),
          published: theirs.length > 0 ? `${Math.min(...theirs)} to ${Math.max(...theirs)}` : "above SoG",
        };
      }),
  },
  {
    experiment: "warcraft",
    record: "seeds",
    about: "I-MLE Table 2, K = 12, maps that it makes, 12 of 50 epochs, optimal paths in %",
    rows: (record) =>
      (["imle-mu", "black-box"] as const).map((method) => ({
        what: `\`${method}\``,
        ours: spread(resultOf(record, method, "accuracy"), 1, 100),
        published: mean({ mean: publishedOf(record, method, "accuracy")!.value }, 1, 100),
      })),
  },
  {
    experiment: "decisions",
    record: "path",
    about: "PyEPO, paths 5 × 5, degree 6, 1,000 rows, noise 0.5, ten instances",
    rows: (record) =>
      ["two-stage", "spo-plus", "fenchel-young", "black-box"].map((method) => ({
        what: `regret in %, \`${method}\``,
        ours: spread(resultOf(record, `${method}/path/6`, "regret"), 1, 100),
        published: formatPlaces(100 * pyepo.path![method]![6]!, 1),
      })),
  },
  {
    experiment: "l2x",
    record: "quick",
    about: "learning to explain, reviews that it makes, 5 words: marked words of those chosen, in %",
    rows: (record) =>
      ["sst-correlated", "simple", "imle", "univariate"].map((method) => ({
        what: `\`${method}\``,
        ours: spread(resultOf(record, method, "precision"), 1, 100),
        published: "–",
      })),
  },
  {
    experiment: "nri",
    record: "t10",
    about: "SST Table 1, T = 10, small networks, three trainings",
    rows: (record) => rightEdges(record, ["indep-binary", "top-k", "spanning-tree"], "precision"),
  },
  {
    experiment: "listops",
    record: "quick",
    about: "SST Table 2, short expressions, short trainings, three of each",
    rows: (record) =>
      rightEdges(record, ["indep-directed", "spanning-tree", "arborescence-gumbel"], "edge-precision"),
  },
];

function rightEdges(record: ResultsRecord, methods: readonly string[], metric: string): Row[] {
  return methods.map((method) => ({
    what: `right edges of those named, in %, \`${method}\``,
    ours: spread(resultOf(record, method, metric), 1, 100),
    published: formatPlaces(100 * publishedOf(record, method, metric)!.value, 1),
  }));
}

export function overviewTables(recorded: (experiment: string) => Records): Tables {
  const rows = parts.flatMap(({ experiment, record, about, rows }) => {
    const found = recorded(experiment)[record];
    return (found ? rows(found) : []).map((row, i) => ({
      ...row,
      experiment: i === 0 ? `\`${experiment}\`` : "",
      what: i === 0 ? `${about}: ${row.what}` : row.what,
    }));
  });
  return {
    results: () =>
      tableOf(rows, [
        { title: "experiment", text: (row) => row.experiment },
        { title: "what", text: (row) => row.what },
        { title: "ours", text: (row) => row.ours },
        { title: "published", text: (row) => row.published },
      ]),
  };
}
