/** The table of results in the main README: what was recorded, an experiment's first lines. */
import { formatPlaces } from "../lab/report/format.ts";
import type { Records } from "../lab/results/record.ts";
import { type Document, mean, publishedOf, resultOf, spread, tableOf } from "../lab/results/tables.ts";
import { published as pyepo } from "./decisions/published.ts";
import { claims } from "./gradient-quality/simple/claims.ts";
import { TRUE_TERMS } from "./sparse-regression/library.ts";

interface Row {
  readonly what: string;
  readonly ours: string;
  readonly published: string;
}

interface Part {
  readonly experiment: string;
  /** What all of its rows are about. */
  readonly about: string;
  rows(records: Records): Row[];
}

const parts: readonly Part[] = [
  {
    experiment: "gradient-quality",
    about: "SIMPLE Figs. 1 and 3, ten instances × 10,000 gradients",
    rows({ paper }) {
      const held = claims.filter(({ text }) => resultOf(paper!, "the paper", text)!.mean === 1);
      const what = "the paper's statements that hold on all ten";
      return [{ what, ours: String(held.length), published: String(claims.length) }];
    },
  },
  {
    experiment: "sparse-regression",
    about: "SIMPLE Sec. 5.4, the Kuramoto–Sivashinsky equation from data",
    rows: ({ paper }) =>
      TRUE_TERMS.map((term) => {
        const metric = `coefficient of ${term}`;
        const theirs = publishedOf(paper!, "simple", metric)!;
        return {
          what: metric,
          ours: mean(resultOf(paper!, "simple", metric), 5),
          published: formatPlaces(theirs.value, 5),
        };
      }),
  },
  {
    experiment: "decisions",
    about: "PyEPO, paths 5 × 5, degree 6, 1,000 rows, noise 0.5, ten instances",
    rows: ({ paper }) =>
      ["two-stage", "spo-plus", "fenchel-young", "black-box"].map((method) => ({
        what: `regret in %, \`${method}\``,
        ours: spread(resultOf(paper!, `${method}/path/6`, "regret, 1000 rows, noise 0.5"), 1, 100),
        published: formatPlaces(100 * pyepo.path![method]![6]!, 1),
      })),
  },
];

export function overviewTables(recorded: (experiment: string) => Records): Document["tables"] {
  const rows = parts.flatMap(({ experiment, about, rows }) => {
    const records = recorded(experiment);
    if (records.paper === undefined) return [];
    return rows(records).map((row, i) => ({
      ...row,
      experiment: i === 0 ? `\`${experiment}\`` : "",
      what: i === 0 ? `${about}: ${row.what}` : row.what,
    }));
  });
  return {
    results: tableOf(rows, [
      { title: "experiment", text: (row) => row.experiment },
      { title: "what", text: (row) => row.what },
      { title: "ours", text: (row) => row.ours },
      { title: "published", text: (row) => row.published },
    ]),
  };
}
