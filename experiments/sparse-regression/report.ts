import type { FinishedRun } from "../../lab/experiment.ts";
import { lineChart } from "../../lab/report/charts/line-chart.ts";
import { formatNumber, formatSpread } from "../../lab/report/format.ts";
import type { Report, Section, Table } from "../../lab/report/report.ts";
import type { SparseRegressionConfig } from "./config.ts";
import { formatEquation } from "./equation.ts";
import { TRUE_TERMS } from "./library.ts";
import { fieldSection } from "./picture.ts";

type Finished = FinishedRun<SparseRegressionConfig>;

const LABELS: Readonly<Record<string, string>> = {
  simple: "SIMPLE",
  imle: "I-MLE",
  "simple-notebook": "SIMPLE as in the notebook",
  "imle-notebook": "I-MLE with the notebook's loss",
  stlsq: "thresholded least squares",
};

export function report(run: Finished): Report {
  return {
    lead: lead(run),
    sections: [fieldSection(run.kept), selection(run), landscape(run), coefficients(run)],
  };
}

function lead(run: Finished): string {
  const share = mean(run, "simple", "equation-found");
  const found = TRUE_TERMS.map((name) => mean(run, "simple", `coefficient of ${name}`));
  if (share === undefined || found.some((c) => c === undefined)) return "The equation was not found.";
  return `From ${run.summary.data}, SIMPLE finds **${formatEquation(TRUE_TERMS, found as number[])}** in ${percent(share)} of ${run.config.seeds} runs. The data obey u_t = −u_xx − u_xxxx − u u_x.`;
}

function selection(run: Finished): Section {
  const { config, metrics, summary } = run;
  const stochastic = config.methods.filter((method) => method !== "stlsq");
  const lines = stochastic.map((method) => ({
    name: LABELS[method]!,
    points: metrics
      .filter((line) => line.cell === method && typeof line.iteration === "number")
      .map((line) => ({ x: line.iteration as number, y: line.equation as number })),
  }));
  const rows = config.methods.map((method) => {
    const of = (metric: string) => summary.results.find((r) => r.method === method && r.metric === metric);
    const [found, needed] = [of("equation-found"), of("iterations-needed")];
    return [
      LABELS[method]!,
      percent(found?.mean ?? Number.NaN),
      percent(of("terms-found")?.mean ?? Number.NaN),
      formatNumber(of("coefficient-error")?.mean ?? Number.NaN),
      formatNumber(of("rmse")?.mean ?? Number.NaN),
      needed === undefined ? "–" : formatSpread(needed.mean, needed.std),
      String(found?.runs ?? 0),
    ];
  });
  const table: Table = {
    columns: [
      { title: "method" },
      ...[
        "equation found",
        "true terms found",
        "largest error of a coefficient",
        "RMSE",
        "iterations needed",
        "runs",
      ].map((title) => ({
        title,
        align: "right" as const,
      })),
    ],
    rows,
  };
  return {
    title: "Which terms are selected",
    source: "SIMPLE, Sec. 5.4",
    conclusion: conclusion(run),
    figures: [
      {
        name: "found",
        spec: lineChart({
          lines,
          x: { title: "iteration", log: true, domain: [1, config.iterations] },
          y: { title: "share of runs whose best subset is the equation", domain: [0, 1] },
        }),
        alt: "Share of runs that have found the equation, against the iteration.",
      },
    ],
    tables: [table],
    notes: [
      "The loss of a subset is the share of u_t's mean square that its best least-squares fit leaves unexplained. With the best coefficients its derivative in z is zero, so something else must tell terms apart. **SIMPLE** and **I-MLE** here use what the loss gains or loses by each term, the gradient of its multilinear extension. **The notebook** fits with a ridge penalty, whose small bias leaves the gradient −2αc² for chosen terms and 0 for others.",
      "That gradient only ever raises the logits of terms that are chosen already. Exact marginals turn this into slow progress; for perturb-and-MAP, raising what is already on top changes no state, so that I-MLE's gradient is exactly zero in every step.",
      "Thresholded least squares is told a threshold instead of the number of terms, and is deterministic.",
    ],
  };
}

function conclusion(run: Finished): string {
  const share = (method: string) => mean(run, method, "equation-found");
  const said = run.config.methods.map((method) => `${LABELS[method]!} in ${percent(share(method) ?? 0)}`);
  return `Share of runs that end with exactly the three true terms: ${said.join(", ")}.`;
}

function landscape({ metrics, config }: Finished): Section {
  const ranked = metrics.filter((line) => line.cell === "data" && typeof line.rank === "number");
  return {
    title: "How clear the choice is",
    conclusion: "All subsets of that size, tried one by one: the equation leaves the runner-up far behind.",
    tables: [
      {
        caption: `The five best subsets of ${config.terms} terms`,
        columns: [{ title: "fit" }, { title: "RMSE", align: "right" }],
        rows: ranked.map((line) => [String(line.equation), formatNumber(line.rmse as number)]),
      },
    ],
  };
}

function coefficients({ metrics }: Finished): Section {
  const schemes = metrics.filter((line) => line.cell === "data" && typeof line.scheme === "string");
  const rows = schemes.map((line) => [
    String(line.scheme),
    `order ${line.accuracy}`,
    ...(line.coefficients as number[]).map((c) => formatNumber(c, 5)),
    formatNumber(line.rmse as number),
  ]);
  return {
    title: "Why −0.99 and not −1",
    conclusion:
      "The coefficients' last per cent is the derivatives' error, not the selection's. Second-order differences in time, at steps of 0.4, cost most; the published digits come from PySINDy's finite differences in space, one-sided at the ends although the solution is periodic.",
    tables: [
      {
        caption: "Least squares on the three true terms",
        columns: [
          { title: "in space" },
          { title: "in time" },
          ...TRUE_TERMS.map((title) => ({ title, align: "right" as const })),
          { title: "RMSE", align: "right" },
        ],
        rows: [
          ...rows,
          ["published (SIMPLE, notebook)", "", "−0.99407", "−0.99629", "−0.99233", "0.00622 (paper)"],
        ],
      },
    ],
  };
}

function mean({ summary }: Finished, method: string, metric: string): number | undefined {
  return summary.results.find((r) => r.method === method && r.metric === metric)?.mean;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–";
}
