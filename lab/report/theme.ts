/**
 * Colours and type of pages and figures. Figures carry the light colours; on a dark page style rules replace exactly
 * these, so that one SVG serves both. Colours that must stay as they are (heat maps) are simply not in the table.
 */
import type { Config } from "vega-lite";

interface Shade {
  readonly light: string;
  readonly dark: string;
}

const INK: Shade = { light: "#1b1f24", dark: "#e6e9ec" };
const MUTED: Shade = { light: "#5a6370", dark: "#9aa4af" };
const LINE: Shade = { light: "#e2e5e9", dark: "#2f353c" };
const FAINT: Shade = { light: "#cdd2d8", dark: "#434b54" };
const PAPER: Shade = { light: "#fdfdfc", dark: "#15181b" };

const SERIES: readonly Shade[] = [
  { light: "#2b6cb0", dark: "#6ea8e6" },
  { light: "#c86a1b", dark: "#eba15c" },
  { light: "#3a8658", dark: "#70c294" },
  { light: "#7d57a8", dark: "#b699de" },
  { light: "#b83a4b", dark: "#ea8090" },
  { light: "#1f8490", dark: "#62c4cd" },
  { light: "#6b7280", dark: "#a7afb9" },
];

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

/** Colours of series in order, told apart by colour-blind readers too. */
export const seriesColors: readonly string[] = SERIES.map((shade) => shade.light);
export const inkColor: string = INK.light;
export const mutedColor: string = MUTED.light;
/** Of what stands in the background. */
export const lineColor: string = FAINT.light;

/** Low to high, readable under black or white figures, on light and dark pages. */
export const sequentialColors: readonly string[] = ["#eef4fa", "#bcd6ec", "#7fb2da", "#3f83bd", "#1f5288"];
/** Blue below zero, nearly white at it, orange above. */
export const divergingColors: readonly string[] = ["#2b6cb0", "#8fb9de", "#f6f6f4", "#edb98b", "#c86a1b"];

export const figureConfig: Config = {
  background: "transparent",
  // Each figure is one image with one description.
  aria: false,
  font: FONT,
  padding: 4,
  view: { stroke: null },
  range: { category: [...seriesColors] },
  title: { anchor: "start", fontSize: 13, fontWeight: 600, color: INK.light, offset: 10 },
  axis: {
    domainColor: MUTED.light,
    gridColor: LINE.light,
    tickColor: MUTED.light,
    labelColor: MUTED.light,
    titleColor: INK.light,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 8,
    labelPadding: 4,
    tickSize: 4,
    domain: false,
    ticks: false,
  },
  legend: {
    orient: "top",
    direction: "horizontal",
    labelColor: INK.light,
    titleColor: INK.light,
    labelFontSize: 12,
    symbolSize: 260,
    symbolStrokeWidth: 2.5,
    title: null,
    offset: 8,
    columnPadding: 16,
    labelLimit: 260,
  },
  line: { strokeWidth: 2, strokeJoin: "round" },
  text: { color: INK.light, fontSize: 11 },
};

/** The page's style sheet. */
export function styleSheet(): string {
  return `:root{color-scheme:light dark;${variables("light")}}
@media (prefers-color-scheme:dark){:root{${variables("dark")}}${figureRules()}}
${RULES}`;
}

function variables(mode: keyof Shade): string {
  return `--ink:${INK[mode]};--muted:${MUTED[mode]};--line:${LINE[mode]};--paper:${PAPER[mode]};--accent:${SERIES[0]![mode]}`;
}

function figureRules(): string {
  return [INK, MUTED, LINE, FAINT, PAPER, ...SERIES]
    .map(({ light, dark }) => `svg [fill="${light}"]{fill:${dark}}svg [stroke="${light}"]{stroke:${dark}}`)
    .join("");
}

const RULES = `*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 ${FONT};-webkit-text-size-adjust:100%}
main{max-width:64rem;margin:0 auto;padding:3.5rem 1.5rem 5rem}
header{border-bottom:1px solid var(--line);padding-bottom:1.75rem;margin-bottom:2.25rem}
h1{font-size:2rem;line-height:1.2;letter-spacing:-.015em;font-weight:650;margin:0 0 .35rem}
h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.01em;font-weight:620;margin:3.25rem 0 .25rem}
h2 small{display:block;font-size:.8rem;font-weight:450;letter-spacing:0;color:var(--muted);margin-top:.15rem}
p{max-width:44rem;margin:.65rem 0}
.description{color:var(--muted);margin:0}
.lead{font-size:1.12rem;line-height:1.6;margin:1.1rem 0 0}
.facts{display:flex;flex-wrap:wrap;gap:.3rem 2rem;margin:1.3rem 0 0;font-size:.88rem}
.facts div{display:flex;gap:.5rem}
.facts dt{color:var(--muted)}.facts dd{margin:0}
.figures{display:flex;flex-wrap:wrap;gap:1.5rem;margin:1.25rem 0}
figure{margin:0;max-width:100%}
figure svg{display:block;max-width:100%;height:auto;font-variant-numeric:tabular-nums}
figcaption,caption,.notes{font-size:.85rem;line-height:1.5;color:var(--muted)}
figcaption{contain:inline-size;margin-top:.3rem}
.grid{display:grid;grid-template-columns:repeat(var(--columns),minmax(0,1fr));gap:1.4rem 1rem;margin:1.25rem 0}
.grid svg{width:100%}.grid image{image-rendering:pixelated}
figure svg[data-of=narrow]{display:none}
.notes{margin:.9rem 0 0;padding:0;list-style:none;max-width:44rem}.notes li{margin:.3rem 0}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:.92rem;line-height:1.45;margin:1rem 0;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:.5rem}
th{font-weight:550;color:var(--muted);text-align:left;white-space:nowrap}
th,td{padding:.42rem 1.5rem .42rem 0;border-bottom:1px solid var(--line);vertical-align:baseline}
th:last-child,td:last-child{padding-right:0}
.right{text-align:right}.right,td:first-child{white-space:nowrap}
td.soft{color:var(--muted);font-size:.85rem}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
details{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:1rem}
summary{cursor:pointer;font-size:1.15rem;font-weight:620}
footer{margin-top:4rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.82rem;color:var(--muted)}
@media (max-width:40rem){main{padding:2rem 1.1rem 3rem}.figures,.grid{margin:1rem 0}
.grid{grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem .8rem}
figure svg[data-of=narrow]{display:block}figure svg[data-of=wide]{display:none}
.figures figure{overflow-x:auto}.figures svg:not([data-of]){max-width:none}
table{font-size:.86rem}th,td{padding-right:1rem}
td:first-child,th:first-child{position:sticky;left:0;min-width:7.5rem;max-width:11rem;white-space:normal;background:var(--paper)}}
@media print{main{padding:0}details{break-before:page}}`;
