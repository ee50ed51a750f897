/** Cells of numbers, and names of programs in cells, keep to a line: a table that is then too wide scrolls. */
import type { MarkdownOptions } from "vitepress";

type Markdown = Parameters<NonNullable<MarkdownOptions["config"]>>[0];

const NUMBERS = /^[\d\s.,;:%±×≥≤<>()\u00a0\u2009−–+-]+([mµ]?s)?$/;

export function tables(md: Markdown): void {
  md.core.ruler.push("tables", ({ tokens }) => {
    tokens.forEach(({ content, children }, at) => {
      if (!/^t[dh]_open$/.test(tokens[at - 1]?.type ?? "")) return;
      if (NUMBERS.test(content)) tokens[at - 1]!.attrJoin("class", "one-line");
      for (const child of children ?? []) {
        if (child.type === "code_inline" && !child.content.includes(" ")) child.attrJoin("class", "one-line");
      }
    });
  });
}
