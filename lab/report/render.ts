/** Reports as HTML fragments. */
import type { TopLevelSpec } from "vega-lite";
import { renderFigure } from "./figure.ts";
import { escapeHtml, richText } from "./html.ts";
import type { Figure, Section, Table } from "./report.ts";
import { styleSheet } from "./theme.ts";

/** A whole page that needs nothing but itself. */
export function renderDocument(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="hardgrad experiments">
<title>${escapeHtml(title)}</title>
<style>${styleSheet()}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

export async function renderSection(section: Section, prefix: string): Promise<string> {
  const source = section.source === undefined ? "" : `<small>${richText(section.source)}</small>`;
  const parts = [`<h2>${richText(section.title)}${source}</h2>`];
  if (section.conclusion !== undefined) parts.push(`<p>${richText(section.conclusion)}</p>`);
  if (section.figures !== undefined) {
    const figures: string[] = [];
    for (const figure of section.figures) figures.push(await renderFigureElement(figure, prefix));
    const box =
      section.columns === undefined ? 'class="figures"' : `class="grid" style="--columns:${section.columns}"`;
    parts.push(`<div ${box}>${figures.join("\n")}</div>`);
  }
  for (const table of section.tables ?? []) parts.push(renderTable(table));
  if (section.notes !== undefined) {
    parts.push(
      `<ul class="notes">${section.notes.map((note) => `<li>${richText(note)}</li>`).join("")}</ul>`,
    );
  }
  return `<section>\n${parts.join("\n")}\n</section>`;
}

export function renderTable({ caption, columns, rows }: Table): string {
  const cell = (tag: string, text: string, column: number): string => {
    const right = columns[column]?.align === "right" ? ' class="right"' : "";
    return `<${tag}${right}>${richText(text)}</${tag}>`;
  };
  const head = columns.map((column, i) => cell("th", column.title, i)).join("");
  const body = rows.map((row) => `<tr>${row.map((text, i) => cell("td", text, i)).join("")}</tr>`);
  const title = caption === undefined ? "" : `<caption>${richText(caption)}</caption>`;
  return `<div class="wide"><table>${title}<thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table></div>`;
}

async function renderFigureElement(figure: Figure, prefix: string): Promise<string> {
  const { name, spec, narrow, caption, alt } = figure;
  const svg = async (of: TopLevelSpec, suffix: string, kind: string): Promise<string> => {
    const text = await renderFigure(of, `${prefix}${name}-${suffix}`);
    return text.replace("<svg ", `<svg ${kind}role="img" aria-label="${escapeHtml(alt)}" `);
  };
  const drawn =
    narrow === undefined
      ? await svg(spec, "", "")
      : (await svg(spec, "", 'data-of="wide" ')) + (await svg(narrow, "narrow-", 'data-of="narrow" '));
  const text = caption === undefined ? "" : `<figcaption>${richText(caption)}</figcaption>`;
  return `<figure>${drawn}${text}</figure>`;
}
