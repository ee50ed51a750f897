/**
 * Links of pages into the repository, which is not part of the site: names lead to the page of the API that has them,
 * READMEs of experiments to their pages here, and of the rest the path is shown. `SITE_SOURCE`, the address of a folder with
 * the repository's files, makes paths links.
 */
import { posix } from "node:path";
import type { MarkdownOptions } from "vitepress";

type Markdown = Parameters<NonNullable<MarkdownOptions["config"]>>[0];
type Token = ReturnType<Markdown["parse"]>[number];

/** Folders of `src` that have no page of the API. */
const inner = ["algorithms", "index.ts"];

/** The page of the API that has what a file of `src` exports, if any: see api-pages.mjs. */
function apiPage(path: string): string | undefined {
  const [, room, file] = /^src\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? [];
  if (room === "contracts.ts" || room === "core") return "contracts";
  if (room === "solvers" || room === "frameworks") return file!.replace(/\.ts$/, "");
  return room && !inner.includes(room) ? room : undefined;
}

/** Where a link from a page (a path within the site) to a path of the repository leads on the site, if anywhere. */
export function onSite(path: string, words: string): string | undefined {
  if (path.startsWith("site/")) return `/${path.slice("site/".length)}`;
  const experiment = /^experiments\/([^/]+)\/README\.md(#.*)?$/.exec(path);
  if (experiment) return `/experiments/${experiment[1]}${experiment[2] ?? ""}`;
  const page = apiPage(path);
  if (!page || /\.test\.ts$/.test(path)) return undefined;
  const anchor = /^\w+/.exec(words)?.[0].toLowerCase();
  return `/api/${page}${anchor ? `#${anchor}` : ""}`;
}

export function repositoryLinks(md: Markdown): void {
  const source = process.env.SITE_SOURCE?.replace(/\/?$/, "/");
  md.core.ruler.push("repository-links", (state) => {
    const page: string = state.env.relativePath ?? "";
    for (const { children } of state.tokens) {
      if (!children) continue;
      for (let i = children.length - 1; i >= 0; i--) {
        const open = children[i]!;
        const href = open.type === "link_open" ? (open.attrGet("href") ?? "") : "";
        if (!href.startsWith("../") && !href.startsWith("./")) continue;
        const path = posix.join("site", posix.dirname(page), decodeURI(href));
        if (path.startsWith("site/") && !page.startsWith("experiments/")) continue;
        const end = children.findIndex((token, at) => at > i && token.type === "link_close");
        const words = children
          .slice(i + 1, end)
          .map((token) => token.content)
          .join("");
        const target = onSite(path, words);
        const where: Token[] = [];
        if (!path.startsWith("site/")) {
          const note = new state.Token("html_inline", "", 0);
          const text = md.utils.escapeHtml(path);
          note.content = source
            ? ` <a class="source" href="${md.utils.escapeHtml(source)}${text}">${text}</a>`
            : ` <span class="source">${text}</span>`;
          where.push(note);
        }
        const inside = children.slice(i + 1, end);
        if (target) {
          open.attrSet("href", target);
          children.splice(i, end - i + 1, open, ...inside, children[end]!, ...where);
        } else children.splice(i, end - i + 1, ...inside, ...where);
      }
    }
  });
}
