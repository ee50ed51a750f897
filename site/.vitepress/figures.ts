/** Paragraphs of nothing but pictures: on phones these keep their size and scroll, by keys too, so that their letters can be read. */
import type { MarkdownOptions } from "vitepress";

type Markdown = Parameters<NonNullable<MarkdownOptions["config"]>>[0];

export function figures(md: Markdown): void {
  md.core.ruler.push("figures", ({ tokens }) => {
    tokens.forEach(({ type, children }, at) => {
      const kinds = new Set(children?.map((child) => child.type));
      if (type !== "inline" || !kinds.delete("image")) return;
      kinds.delete("softbreak");
      if (kinds.size > 0) return;
      tokens[at - 1]!.attrJoin("class", "figure");
      tokens[at - 1]!.attrSet("tabindex", "0");
    });
  });
}
