import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { figures } from "./figures.ts";
import { repositoryLinks } from "./repository-links.ts";
import { tables } from "./tables.ts";

const source = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

const page = (link: string): boolean => existsSync(new URL(`..${link}.md`, import.meta.url));

const playground = [
  { text: "Race", link: "/playground/race" },
  { text: "Paths", link: "/playground/paths" },
  { text: "Soft structures", link: "/playground/soft-structures" },
  { text: "Explain", link: "/playground/explain" },
  { text: "Why nothing moves", link: "/playground/why-nothing-moves" },
].filter(({ link }) => page(link));

const guides = [
  { text: "Structures", link: "/guides/structures" },
  { text: "Choosing an estimator", link: "/guides/choosing" },
  { text: "On your own layer", link: "/guides/probe" },
  { text: "Why nothing moves", link: "/guides/why-nothing-moves" },
  { text: "Compose", link: "/guides/compose" },
  { text: "Predict, then optimise", link: "/guides/predict-then-optimise" },
  { text: "Threads", link: "/guides/threads" },
  { text: "Sweeps", link: "/guides/sweeps" },
  { text: "jax-js", link: "/guides/jax" },
  { text: "TensorFlow.js", link: "/guides/tfjs" },
];

const recipes = [
  { text: "Models", link: "/recipes/models" },
  { text: "In practice", link: "/recipes/practice" },
];

const comingFrom = [
  { text: "torch-imle", link: "/coming-from/torch-imle" },
  { text: "PyEPO", link: "/coming-from/pyepo" },
  { text: "InferOpt.jl", link: "/coming-from/inferopt" },
  { text: "torch-struct", link: "/coming-from/torch-struct" },
];

const papers = [
  { text: "From the papers to the code", link: "/papers" },
  { text: "Results", link: "/results" },
  { text: "Errata", link: "/errata" },
];

// A page each, made of its README.
const experiments = readdirSync(new URL("../../experiments", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ text: name, link: `/experiments/${name}` }));

// Made from the docstrings by `npm run site:prepare`.
const sidebarOfApi = new URL("../api/typedoc-sidebar.json", import.meta.url);
const api: { text: string; link: string }[] = existsSync(sidebarOfApi)
  ? JSON.parse(readFileSync(sidebarOfApi, "utf8"))
  : [];

const base = process.env.SITE_BASE ?? "/";

export default defineConfig({
  base,
  lang: "en",
  title: "hardgrad",
  description: "Discrete structures as differentiable layers, in TypeScript.",
  outDir: "dist",
  cacheDir: ".vitepress/cache",
  // A page loads what it shows, not what its links lead to.
  router: { prefetchLinks: false },
  head: [
    ["meta", { name: "theme-color", content: "#2b6cb0" }],
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }],
  ],
  markdown: {
    math: true,
    config(md) {
      repositoryLinks(md);
      figures(md);
      tables(md);
      // Indented blocks scroll: by keys, too.
      md.renderer.rules.code_block = (tokens, at) =>
        `<pre tabindex="0" v-pre><code>${md.utils.escapeHtml(tokens[at]!.content)}</code></pre>\n`;
    },
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Playground", items: playground, activeMatch: "/playground/" },
      {
        text: "Guides",
        items: [
          { text: "Guides", items: guides },
          { text: "Recipes", items: recipes },
          { text: "Coming from", items: comingFrom },
        ],
        activeMatch: "/(guides|recipes|coming-from)/",
      },
      {
        text: "Papers",
        items: [...papers, { text: "Experiments", items: experiments }],
        activeMatch: "/(papers|results|errata|experiments/)",
      },
      { text: "API", link: "/api/", activeMatch: "/api/" },
    ],
    sidebar: [
      { text: "Playground", items: playground },
      { text: "Guides", items: guides },
      { text: "Recipes", items: recipes },
      { text: "Coming from", items: comingFrom },
      { text: "Papers", items: papers },
      { text: "Experiments", items: experiments, link: "/results", collapsed: true },
      { text: "API", items: api, link: "/api/", collapsed: true },
    ],
  },
  vite: {
    // Demos import the library as its users do.
    resolve: {
      alias: [
        { find: /^hardgrad$/, replacement: source("index.ts") },
        { find: /^hardgrad\/jax$/, replacement: source("frameworks/jax.ts") },
      ],
    },
    plugins: [
      {
        // The development server looks for figures of the repository beneath the site's folder.
        name: "figures-of-the-repository",
        configureServer: ({ middlewares }) => {
          middlewares.use((request, _, next) => {
            const file = /\/docs\/figures\/[^?]*/.exec(request.url ?? "")?.[0];
            if (file) request.url = `${base}@fs${fileURLToPath(new URL(`../..${file}`, import.meta.url))}`;
            next();
          });
        },
      },
    ],
    worker: { format: "es" },
    build: { target: "es2022" },
    server: { fs: { allow: [".."] } },
  },
});
