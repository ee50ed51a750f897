/**
 * Tables of Markdown files that are made from records. A file holds them between markers; the text between is replaced:
 *
 *     <!-- table: softmax -->
 *     <!-- /table -->
 */
import { formatPlaces } from "../report/format.ts";
import type { Column, Table } from "../report/report.ts";
import { type Published, type Result, result } from "../run/summary.ts";
import type { ResultsRecord } from "./record.ts";

/** What makes a table, by its name: asked when a file shows it, since its records may not be there before. */
export type Tables = Readonly<Record<string, () => Table>>;

/** A Markdown file and the tables that it may show. */
export interface Document {
  readonly path: string;
  readonly tables: Tables;
}

/** What a column says of a row. */
export interface TableColumn<Row> extends Column {
  text(row: Row): string;
}

export function tableOf<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): Table {
  return { columns, rows: rows.map((row) => columns.map((column) => column.text(row))) };
}

/** A column of numbers. */
export function numbers<Row>(title: string, text: (row: Row) => string): TableColumn<Row> {
  return { title, align: "right", text };
}

/** The first column: names as they are written on the command line. */
export const METHOD: TableColumn<string> = { title: "method", text: (name) => `\`${name}\`` };

export function resultOf({ summary }: ResultsRecord, method: string, metric: string): Result | undefined {
  return summary.results.find((r) => r.method === method && r.metric === metric);
}

export function publishedOf(
  { summary }: ResultsRecord,
  method: string,
  metric: string,
  source?: string,
): Published | undefined {
  return summary.published.find(
    (p) => p.method === method && p.metric === metric && (source ?? p.source) === p.source,
  );
}

/** A metric after an epoch, over the runs. @throws RangeError where the record does not hold it. */
export function afterEpoch({ curves }: ResultsRecord, method: string, metric: string, epoch: number): Result {
  const curve = curves.find((c) => c.method === method && c.metric === metric);
  const values = curve?.values[curve.epochs.indexOf(epoch)];
  if (values === undefined)
    throw new RangeError(`no ${metric} of ${method} after epoch ${epoch} is recorded`);
  return result(method, metric, values);
}

/** With `places` decimals, times `factor`; a dash where there is nothing. */
export function mean(found: Pick<Result, "mean"> | undefined, places: number, factor = 1): string {
  return found ? formatPlaces(factor * found.mean, places) : "–";
}

/** The same with the standard deviation, where there are several runs. */
export function spread(found: Result | undefined, places: number, factor = 1): string {
  const deviation = found && found.runs > 1 ? ` ± ${formatPlaces(factor * found.std, places)}` : "";
  return mean(found, places, factor) + deviation;
}

interface Metric {
  readonly title: string;
  readonly metric: string;
  readonly places: number;
  readonly factor?: number;
}

/** A row a method, a column a metric; then the same as it was published, by `source` where there are several. */
export function besidePublished(
  record: ResultsRecord,
  methods: readonly string[],
  metrics: readonly Metric[],
  { theirs, source }: { readonly theirs: string; readonly source?: string },
): Table {
  return tableOf(methods, [
    METHOD,
    ...metrics.map(({ title, metric, places, factor }) =>
      numbers(title, (method: string) => spread(resultOf(record, method, metric), places, factor)),
    ),
    ...metrics.map(({ title, metric, places, factor }) =>
      numbers(`${theirs}: ${title}`, (method: string) => {
        const found = publishedOf(record, method, metric, source);
        return mean(found && { mean: found.value }, places, factor);
      }),
    ),
  ]);
}

export function markdownOf({ columns, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll(" ± ", "\u00a0±\u00a0")).join(" | ")} |`;
  return [
    line(columns.map(({ title }) => title)),
    line(columns.map(({ align }) => (align === "right" ? "---:" : "---"))),
    ...rows.map(line),
  ].join("\n");
}

/** The text with its tables made anew. @throws RangeError where it asks for one that is not there. */
export function withTables(markdown: string, tables: Tables): string {
  return markdown.replace(/(<!-- table: (.+?) -->\n)[\s\S]*?(<!-- \/table -->)/g, (_, open, name, close) => {
    const table = tables[name];
    if (table === undefined) throw new RangeError(`no table is named "${name}"`);
    return `${open}\n${markdownOf(table())}\n\n${close}`;
  });
}
