import { histogram } from "../../../lab/report/charts/histogram.ts";
import { formatNumber } from "../../../lab/report/format.ts";
import type { Figure, Section } from "../../../lab/report/report.ts";
import type { JsonObject } from "../../../lab/run/json.ts";
import { BIN_WIDTH, BINS, FIRST_EDGE, gumbelDensity } from "../sums.ts";
import { type Finished, linesOf, number } from "./lines.ts";

/** H₁₀ − log 10 − γ: Theorem 2 puts it between 1/22 and 1/20. */
const SHIFT = 2.9289682539682538 - Math.LN10 - 0.5772156649015329;

/** Figure 2. */
export function sumsOfNoise(run: Finished): Section {
  const edges = Array.from({ length: BINS }, (_, i) => FIRST_EDGE + i * BIN_WIDTH);
  const of = (name: string): JsonObject => linesOf(run, `sums/${name}`)[0]!;
  const figure = (name: string, title: string, color: number): Figure => {
    const shares = (of(name).counts as readonly number[]).map((n) => n / number(of(name).count));
    return {
      name: `sums-${name}`,
      alt: `Histogram of ${title}, with the density of Gumbel(0, 1)`,
      spec: histogram({
        title,
        edges,
        width: BIN_WIDTH,
        shares,
        x: "sum",
        density: { label: "Gumbel(0, 1)", at: gumbelDensity },
        color,
        top: 0.4,
      }),
    };
  };
  return {
    title: "Are the perturbed weights Gumbel distributed?",
    source: "Figure 2",
    conclusion: `The sum of five SoG(5, 1, 10) variables follows Gumbel(0, 1), the curve, up to a Kolmogorov distance of ${formatNumber(number(of("sog").kolmogorov), 2)}; that of five Gumbel variables, with ${formatNumber(number(of("gumbel").kolmogorov), 2)}, does not.`,
    figures: [
      figure("gumbel", "Sums of five Gumbel(0, 1)", 5),
      figure("sog", "Sums of five SoG(5, 1, 10)", 0),
    ],
    notes: [
      `${run.config.sums} samples each. SoG(5, 1, 10) is cut after ten terms, which alone shifts its sum's mean by ${formatNumber(SHIFT, 2)}.`,
    ],
  };
}
