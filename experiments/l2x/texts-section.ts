/** Texts as methods read them: what they choose is coloured, what an annotator marked is underlined. */
import type { TopLevelSpec } from "vega-lite";
import type { FinishedRun } from "../../lab/experiment.ts";
import type { Section } from "../../lab/report/report.ts";
import { inkColor, mutedColor, seriesColors } from "../../lab/report/theme.ts";
import type { L2xConfig } from "./config.ts";
import { LABELS } from "./labels.ts";
import type { Shown } from "./shown.ts";

/** Pixels of a character and of a line. */
const [CHARACTER, LINE] = [6.63, 17];
/** Characters of a line, on a page and on a phone. */
const [WIDE, NARROW] = [104, 50];
/** Methods of one page: more are too many to compare. */
const PANELS = 4;
/** Which to prefer; then those that come first. */
const TELLING: readonly string[] = ["sst-correlated", "sst-exponential", "imle", "simple"];

export function textsSection(run: FinishedRun<L2xConfig>): Section | undefined {
  const texts = run.kept["shown/texts"]?.data;
  if (texts === undefined) return undefined;
  const shown = JSON.parse(new TextDecoder().decode(texts as Uint8Array)) as Shown[];
  const methods = [...TELLING, ...run.config.methods]
    .filter((method, i, all) => run.config.methods.includes(method) && all.indexOf(method) === i)
    .filter((method) => method !== "all")
    .slice(0, PANELS);
  if (methods.length === 0) return undefined;
  const marks = shown.some(({ marked }) => marked.length > 0)
    ? "; underlined ones are what annotators marked"
    : "";
  return {
    title: "Texts and what was chosen in them",
    source: "SST, Figure 5",
    conclusion: `Texts that nobody was trained on. Coloured words are chosen${marks}.`,
    figures: shown.map((text, s) => {
      const panels = methods.map((method) => ({
        name: LABELS[method]!,
        chosen: run.kept[`${method}/0/shown${s}`]!.data as Float32Array,
      }));
      return {
        name: `text-${s}`,
        alt: `A text with the words that ${panels.map(({ name }) => name).join(", ")} choose.`,
        caption: `Target ${text.target.toFixed(2)}; predicted: ${methods
          .map(
            (method) =>
              `${LABELS[method]} ${(run.kept[`${method}/0/prediction${s}`]!.data as Float32Array)[0]!.toFixed(2)}`,
          )
          .join(", ")}.`,
        spec: page(text, panels, WIDE),
        narrow: page(text, panels, NARROW),
      };
    }),
  };
}

interface Panel {
  readonly name: string;
  readonly chosen: ArrayLike<number>;
}

/** The text once for each panel, in letters of one width, `columns` to a line. */
function page({ words = [], marked }: Shown, panels: readonly Panel[], columns: number): TopLevelSpec {
  const placed: object[] = [];
  const backs: object[] = [];
  const lines: object[] = [];
  const names: object[] = [];
  let y = 0;
  for (const [p, { name, chosen }] of panels.entries()) {
    names.push({ x: 0, y: y + LINE / 2, text: name });
    y += LINE;
    let column = 0;
    for (const [i, text] of words.entries()) {
      if (column + text.length > columns) [column, y] = [0, y + LINE];
      const [x, x2] = [column * CHARACTER, (column + text.length) * CHARACTER];
      placed.push({ x, y: y + LINE / 2, text });
      if (chosen[i]) backs.push({ x: x - 1, x2: x2 + 1, y: y + 1, y2: y + LINE - 2, p });
      if (marked[i]) lines.push({ x, x2, y: y + LINE - 2 });
      column += text.length + 1;
    }
    y += 1.5 * LINE;
  }
  const [width, height] = [columns * CHARACTER, y];
  const place = (field: string, size: number) => ({
    field,
    type: "quantitative" as const,
    axis: null,
    scale: { domain: field.startsWith("y") ? [size, 0] : [0, size], nice: false, zero: false },
  });
  const at = { x: place("x", width), y: place("y", height) };
  const letters = (values: readonly object[], color: string, fontWeight: number) => ({
    data: { values },
    mark: {
      type: "text" as const,
      align: "left" as const,
      baseline: "middle" as const,
      font: "ui-monospace, Menlo, Consolas, monospace",
      fontSize: 11,
      ...{ color, fontWeight },
    },
    encoding: { ...at, text: { field: "text" } },
  });
  return {
    width,
    height,
    layer: [
      {
        data: { values: backs },
        mark: { type: "rect", opacity: 0.35 },
        encoding: {
          ...at,
          x2: { field: "x2" },
          y2: { field: "y2" },
          color: {
            field: "p",
            type: "nominal",
            scale: { domain: panels.map((_, p) => p), range: seriesColors.slice(0, panels.length) },
            legend: null,
          },
        },
      },
      {
        data: { values: lines },
        mark: { type: "rule", strokeWidth: 1.2, color: mutedColor },
        encoding: { ...at, x2: { field: "x2" } },
      },
      letters(placed, inkColor, 400),
      letters(names, mutedColor, 600),
    ],
  } as TopLevelSpec;
}
