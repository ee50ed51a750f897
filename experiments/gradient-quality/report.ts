import type { FinishedRun } from "../../lab/experiment.ts";
import type { Report } from "../../lab/report/report.ts";
import { comparisonReport } from "./comparison/report.ts";
import type { GradientQualityConfig } from "./config.ts";
import { simpleReport } from "./simple/report.ts";

export function report(run: FinishedRun<GradientQualityConfig>): Report {
  const parts = [
    ...(run.config.parts.includes("comparison") ? [comparisonReport(run)] : []),
    ...(run.config.parts.includes("simple") ? [simpleReport(run)] : []),
  ];
  return { lead: parts[0]!.lead, sections: parts.flatMap(({ sections }) => sections) };
}
