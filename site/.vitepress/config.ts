import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import "../../kernels/compile.mjs";

const source = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

const playground = [
  { text: "Race", link: "/playground/race" },
  { text: "Paths", link: "/playground/paths" },
  { text: "Soft structures", link: "/playground/soft-structures" },
  { text: "Explain", link: "/playground/explain" },
  { text: "Why nothing moves", link: "/playground/why-nothing-moves" },
];

const guides = [
  { text: "Structures", link: "/guides/structures" },
  { text: "Choosing an estimator", link: "/guides/choosing" },
  { text: "Why nothing moves", link: "/guides/why-nothing-moves" },
  { text: "Sweeps", link: "/guides/sweeps" },
  { text: "jax-js", link: "/guides/jax" },
  { text: "TensorFlow.js", link: "/guides/tfjs" },
];

const base = process.env.SITE_BASE ?? "/";

export default defineConfig({
  base,
  lang: "en",
  title: "hardgrad",
  description: "Discrete structures as differentiable layers, in TypeScript.",
  outDir: "dist",
  cacheDir: ".vitepress/cache",
  head: [
    ["meta", { name: "theme-color", content: "#2b6cb0" }],
    ["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }],
  ],
  markdown: {
    math: true,
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Playground", items: playground, activeMatch: "/playground/" },
      { text: "Guides", items: guides, activeMatch: "/guides/" },
    ],
    sidebar: [
      { text: "Playground", items: playground },
      { text: "Guides", items: guides },
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
    worker: { format: "es" },
    build: { target: "es2022" },
    server: { fs: { allow: [".."] } },
  },
});
