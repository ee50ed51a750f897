import { expect, test } from "vitest";
import { stripPlot } from "./charts/strip-plot.ts";
import { renderSection } from "./render.ts";
import type { Figure } from "./report.ts";
import { styleSheet } from "./theme.ts";

const chart = (width: number): Figure["spec"] =>
  stripPlot({
    x: "accuracy",
    percent: true,
    from: 0.5,
    width,
    strips: [
      { name: "a", values: [0.9, 0.8], published: 0.95, marked: 1 },
      { name: "b", values: [0.1] },
    ],
  });

test("a figure for phones stands beside the wide one, and the style shows one of them", async () => {
  const figure: Figure = { name: "f", spec: chart(400), narrow: chart(200), alt: "accuracies" };
  const html = await renderSection({ title: "t", figures: [figure] }, "");
  expect(html.match(/<svg data-of="(wide|narrow)" role="img" aria-label="accuracies"/g)).toHaveLength(2);
  const identifiers = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(identifiers).size).toBe(identifiers.length);
  const [wide, phone] = styleSheet().split("@media (max-width:40rem)");
  expect(wide).toContain("svg[data-of=narrow]{display:none}");
  expect(phone).toContain("svg[data-of=wide]{display:none}");
});

test("a figure without one for phones scrolls there instead of being shrunk", () => {
  const [wide, phone] = styleSheet().split("@media (max-width:40rem)");
  expect(wide).toContain("figure svg{display:block;max-width:100%");
  expect(phone).toContain(".figures svg:not([data-of]){max-width:none}");
});

test("titles of legends have colours that the dark page knows", async () => {
  const spec: Figure["spec"] = {
    data: { values: [{ x: 1, u: 1 }] },
    mark: "point",
    encoding: {
      x: { field: "x", type: "quantitative" },
      color: { field: "u", type: "quantitative", legend: { title: "u(x, t)" } },
    },
  };
  const html = await renderSection({ title: "t", figures: [{ name: "f", spec, alt: "" }] }, "");
  const [, color] = /fill="([^"]+)"[^>]*>u\(x, t\)</.exec(html)!;
  expect(styleSheet()).toContain(`svg [fill="${color}"]{fill:`);
});

test("a section with columns is a grid", async () => {
  const figure: Figure = { name: "f", spec: chart(100), alt: "accuracies" };
  const html = await renderSection({ title: "t", columns: 4, figures: [figure] }, "");
  expect(html).toContain('<div class="grid" style="--columns:4"><figure><svg role="img"');
});

test("what lies below a strip plot's axis stands at its end with its number", async () => {
  const html = await renderSection({ title: "t", figures: [{ name: "f", spec: chart(400), alt: "" }] }, "");
  expect(html).toContain(">10.0 %</text>");
});
