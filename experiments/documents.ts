/** Markdown files with tables made from docs/results; `npm run tables` writes them anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Records, readRecords } from "../lab/results/record.ts";
import { type Document, type Tables, withTables } from "../lab/results/tables.ts";
import { decisionsTables } from "./decisions/tables.ts";
import { dvaeTables } from "./dvae/tables.ts";
import { gradientQualityTables } from "./gradient-quality/tables.ts";
import { l2xTables } from "./l2x/tables.ts";
import { listopsTables } from "./listops/tables.ts";
import { nriTables } from "./nri/tables.ts";
import { overviewTables } from "./overview.ts";
import { sparseRegressionTables } from "./sparse-regression/tables.ts";
import { syntheticTables } from "./synthetic/tables.ts";
import { warcraftTables } from "./warcraft/tables.ts";

const recordsOf = (experiment: string): Records => readRecords(`docs/results/${experiment}.json`);

function readme(name: string, tables: (records: Records) => Tables): Document {
  return { path: `experiments/${name}/README.md`, tables: tables(recordsOf(name)) };
}

export function documents(): Document[] {
  return [
    { path: "README.md", tables: overviewTables(recordsOf) },
    readme("synthetic", syntheticTables),
    readme("gradient-quality", gradientQualityTables),
    { path: "site/guides/choosing.md", tables: gradientQualityTables(recordsOf("gradient-quality")) },
    readme("sparse-regression", sparseRegressionTables),
    readme("dvae", dvaeTables),
    readme("warcraft", warcraftTables),
    readme("decisions", decisionsTables),
    readme("nri", nriTables),
    readme("listops", listopsTables),
    readme("l2x", l2xTables),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const { path, tables } of documents()) {
    const before = readFileSync(path, "utf8");
    const after = withTables(before, tables);
    if (after !== before) {
      writeFileSync(path, after);
      console.log(path);
    }
  }
}
