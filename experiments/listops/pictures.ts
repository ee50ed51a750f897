/** Test expressions with their true arcs above the words and a method's below. */
import type { TopLevelSpec } from "vega-lite";
import type { FinishedRun } from "../../lab/experiment.ts";
import type { Section } from "../../lab/report/report.ts";
import { inkColor, mutedColor, seriesColors } from "../../lab/report/theme.ts";
import type { ListopsConfig } from "./config.ts";
import { LABELS } from "./labels.ts";
import { CLOSE, PADDING, wordName } from "./words.ts";

/** Expressions in a picture, the widest that is shown while there are shorter ones, and pixels of a word. */
const [SHOWN, WIDEST, WORD] = [3, 20, 34];
/** Of an arc over one word, what each further word adds, and the highest. */
const [LOW, RISE, HIGH] = [10, 5, 48];
/** Between the middle of the words and the feet of arcs; between expressions. */
const [CLEAR, GAP] = [9, 26];
const STEPS = 12;

interface Sentence {
  readonly index: number;
  readonly words: readonly number[];
  readonly heads: readonly number[];
}

interface Arc {
  readonly head: number;
  readonly dependent: number;
}

export function picturesSection({ config, kept }: FinishedRun<ListopsConfig>): Section | undefined {
  const [words, heads] = [kept["expressions/words"]?.data, kept["expressions/heads"]?.data];
  const methods = config.methods.filter((method) => kept[`${method}/0/graphs`]);
  if (!(words instanceof Uint8Array && heads instanceof Int32Array) || methods.length === 0) return undefined;
  const sentences = chosen(words, heads, config.length);
  return {
    title: "Expressions, true and inferred arcs",
    conclusion:
      "Test expressions. Above the words are the arcs of the parse, from operators to operands (`med[` is the median); below what a method infers: blue arcs are in the parse, orange ones are not. Arcs of `]` do not count and are left out; an undirected edge is blue where one of its directions is in the parse.",
    figures: methods.map((method) => ({
      name: `expressions-${method}`,
      spec: picture(sentences, kept[`${method}/0/graphs`]!.data as Float32Array, method, config.length),
      alt: `Expressions with their true arcs above and below those of ${LABELS[method]!}.`,
    })),
  };
}

/** Those with the most lists, of those that are not too wide. */
function chosen(words: Uint8Array, heads: Int32Array, length: number): Sentence[] {
  const all = Array.from({ length: words.length / length }, (_, index): Sentence => {
    const own = [...words.subarray(index * length, (index + 1) * length)].filter((word) => word !== PADDING);
    return { index, words: own, heads: [...heads.subarray(index * length, index * length + own.length)] };
  });
  const lists = ({ words }: Sentence): number => words.filter((word) => word === CLOSE).length;
  const rank = (s: Sentence): number => (s.words.length > WIDEST ? -s.words.length : lists(s));
  return all.sort((a, b) => rank(b) - rank(a) || a.index - b.index).slice(0, SHOWN);
}

function picture(
  sentences: readonly Sentence[],
  graphs: Float32Array,
  method: string,
  n: number,
): TopLevelSpec {
  const texts: object[] = [];
  const curves: object[] = [];
  const ends: object[] = [];
  let y = 0;
  for (const { index, words, heads } of sentences) {
    const counts = (at: number): boolean => words[at] !== CLOSE;
    const truth = words.flatMap((_, dependent): Arc[] => {
      const head = heads[dependent]!;
      return head >= 0 && counts(dependent) ? [{ head, dependent }] : [];
    });
    const undirected = method === "spanning-tree" || method === "indep-undirected";
    const inferred: Arc[] = [];
    for (let head = 0; head < words.length; head++) {
      for (let dependent = undirected ? head + 1 : 0; dependent < words.length; dependent++) {
        const on = graphs[(index * n + head) * n + dependent] === 1;
        if (on && counts(head) && counts(dependent)) inferred.push({ head, dependent });
      }
    }
    const real = ({ head, dependent }: Arc): boolean =>
      heads[dependent] === head || (undirected && heads[head] === dependent);
    y += highest(truth) + CLEAR;
    for (const [at, word] of words.entries()) texts.push({ x: (at + 0.5) * WORD, y, text: wordName(word) });
    for (const [side, arcs] of [
      [-1, truth],
      [1, inferred],
    ] as const) {
      for (const arc of arcs) {
        const kind = side < 0 ? "truth" : real(arc) ? "right" : "wrong";
        const name = `${index} ${side} ${arc.head} ${arc.dependent}`;
        const from = y + side * CLEAR;
        for (let step = 0; step <= STEPS; step++) {
          const angle = (Math.PI * step) / STEPS;
          const middle = (arc.head + arc.dependent + 1) / 2;
          const half = (arc.dependent - arc.head) / 2;
          curves.push({
            x: (middle - half * Math.cos(angle)) * WORD,
            y: from + side * height(arc) * Math.sin(angle),
            arc: name,
            step,
            kind,
          });
        }
        if (side > 0 && undirected) continue;
        ends.push({ x: (arc.dependent + 0.5) * WORD, y: from + side, kind, side });
      }
    }
    y += highest(inferred) + CLEAR + GAP;
  }
  const width = Math.max(...sentences.map(({ words }) => words.length)) * WORD;
  const total = y - GAP + 2;
  const place = (axis: "x" | "y", domain: [number, number]) => ({
    field: axis,
    type: "quantitative" as const,
    axis: null,
    scale: { domain, nice: false, zero: false },
  });
  const [x, vertical] = [place("x", [0, width]), place("y", [total, 0])];
  const color = {
    field: "kind",
    type: "nominal",
    scale: { domain: ["truth", "right", "wrong"], range: [mutedColor, ...seriesColors.slice(0, 2)] },
    legend: null,
  };
  return {
    title: { text: LABELS[method]!, fontWeight: 500 },
    width,
    height: total,
    layer: [
      {
        data: { values: curves },
        mark: { type: "line", strokeWidth: 1.5, interpolate: "linear" },
        encoding: { x, y: vertical, detail: { field: "arc" }, order: { field: "step" }, color },
      },
      ...([-1, 1] as const).map((side) => ({
        data: { values: ends.filter((end) => (end as { side: number }).side === side) },
        mark: {
          type: "point",
          filled: true,
          shape: side < 0 ? "triangle-down" : "triangle-up",
          size: 34,
          opacity: 1,
        },
        encoding: { x, y: vertical, color },
      })),
      {
        data: { values: texts },
        mark: { type: "text", fontSize: 12, color: inkColor },
        encoding: { x, y: vertical, text: { field: "text" } },
      },
    ],
  } as TopLevelSpec;
}

function height({ head, dependent }: Arc): number {
  return Math.min(HIGH, LOW + RISE * (Math.abs(dependent - head) - 1));
}

function highest(arcs: readonly Arc[]): number {
  return Math.max(LOW, ...arcs.map(height));
}
