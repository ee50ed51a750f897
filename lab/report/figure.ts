/** Vega-Lite to SVG, without a browser. */
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { figureConfig } from "./theme.ts";

/** @param prefix makes the identifiers within the SVG unique on a page that holds several. */
export async function renderFigure(spec: TopLevelSpec, prefix = ""): Promise<string> {
  const view = new View(parse(compile({ ...spec, config: figureConfig }).spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    return svg
      .replace(/ (d|transform|x2|y2|stroke-width)="[^"]*"/g, rounded)
      .replace(/ id="(clip|gradient_)(\d+)"/g, ` id="${prefix}$1$2"`)
      .replace(/url\(#(clip|gradient_)(\d+)\)/g, `url(#${prefix}$1$2)`);
  } finally {
    view.finalize();
  }
}

/** To hundredths of a pixel: full doubles would be most of the file. */
function rounded(attribute: string): string {
  return attribute.replace(/\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100));
}
