import { formatPlaces } from "../../../lab/report/format.ts";
import type { Section } from "../../../lab/report/report.ts";
import type { MethodName } from "../config.ts";
import { type Finished, final, methodsOf } from "./lines.ts";

interface Statement {
  readonly says: string;
  readonly source: string;
  readonly lower: MethodName;
  readonly higher: MethodName;
}

/** What the papers say in words; their curves have no numbers. */
const STATEMENTS: readonly Statement[] = [
  {
    says: "I-MLE: Sum-of-Gamma noise beats Gumbel noise",
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

export function statements(run: Finished): Section[] {
  const judged = STATEMENTS.filter((s) => [s.lower, s.higher].every((name) => methodsOf(run).includes(name)));
  if (judged.length === 0) return [];
  const verdict = ({ lower, higher }: Statement, metric: "test-loss" | "bound"): string => {
    const [a, b] = [final(run, lower, metric).mean, final(run, higher, metric).mean];
    return `${a < b ? "yes" : "**no**"}: ${formatPlaces(a, 1)} and ${formatPlaces(b, 1)}`;
  };
  return [
    {
      title: "The papers' order",
      conclusion: "The papers print curves, and these statements. Ours, after the last epoch:",
      tables: [
        {
          columns: ["statement", "source", "by test loss", "by bound"].map((title) => ({ title })),
          rows: judged.map((s) => [s.says, s.source, verdict(s, "test-loss"), verdict(s, "bound")]),
        },
      ],
    },
  ];
}
