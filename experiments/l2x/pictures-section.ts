/** Digits with the patches that each method chooses. */
import type { TopLevelSpec } from "vega-lite";
import type { FinishedRun } from "../../lab/experiment.ts";
import { colorRamp, pngUrl } from "../../lab/report/png.ts";
import type { Section } from "../../lab/report/report.ts";
import { seriesColors } from "../../lab/report/theme.ts";
import type { L2xConfig } from "./config.ts";
import { ACROSS, PATCH } from "./digits.ts";
import { LABELS } from "./labels.ts";
import type { Shown } from "./shown.ts";

/** Pixels of a picture with its margin, and how large each is on the page. */
const [SIDE, ZOOM] = [ACROSS * PATCH + 2, 1.5];
/** Half of the palette for what is not chosen, half for what is. */
const SHADES = 128;
const PALETTE = [
  ...colorRamp(["#ffffff", "#444444"], SHADES),
  ...colorRamp(["#f3c9a5", seriesColors[1]!, "#000000"], SHADES),
];

export function picturesSection({ kept, config }: FinishedRun<L2xConfig>): Section | undefined {
  const texts = kept["shown/texts"]?.data;
  if (texts === undefined) return undefined;
  const shown = JSON.parse(new TextDecoder().decode(texts as Uint8Array)) as Shown[];
  const [width, height] = [shown.length * SIDE * ZOOM, SIDE * ZOOM];
  const values = config.methods.map((method) => ({
    name: LABELS[method]!,
    url: strip(shown, (s) => kept[`${method}/0/shown${s}`]!.data as Float32Array),
  }));
  return {
    title: "Digits and what was chosen of them",
    conclusion: "Test pictures; the coloured patches are all that is seen of each.",
    figures: [
      {
        name: "patches",
        alt: "Rows of digits with coloured patches, a row a method",
        spec: {
          width,
          height: { step: height + 4 },
          data: { values },
          mark: {
            type: "image",
            width,
            height,
            aspect: false,
            align: "left",
            baseline: "middle",
            aria: false,
          },
          encoding: {
            x: { value: 0 },
            y: { field: "name", type: "nominal", sort: null, title: null, axis: { labelLimit: 200 } },
            url: { field: "url" },
          },
        } as TopLevelSpec,
      },
    ],
  };
}

/** Pictures side by side as one PNG. */
function strip(shown: readonly Shown[], chosen: (s: number) => ArrayLike<number>): string {
  const across = shown.length * SIDE;
  const pixels = new Uint8Array(across * SIDE);
  for (const [s, { picture }] of shown.entries()) {
    const own = chosen(s);
    for (const [i, grey] of picture!.entries()) {
      const [patch, inside] = [Math.floor(i / PATCH ** 2), i % PATCH ** 2];
      const y = Math.floor(patch / ACROSS) * PATCH + Math.floor(inside / PATCH);
      const x = (patch % ACROSS) * PATCH + (inside % PATCH);
      const shade = Math.floor((grey / 256) * SHADES) + (own[patch] ? SHADES : 0);
      pixels[(y + 1) * across + s * SIDE + x + 1] = shade;
    }
  }
  return pngUrl(across, SIDE, pixels, PALETTE);
}
