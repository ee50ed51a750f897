/** What `probe` says about the balances, before the first step. */
import { kSubset, probe, rng } from "hardgrad";
import { CHOSEN, ROWS, SIZE, type WhyState } from "./balances.ts";

export interface Answer {
  /** Empty while it measures. */
  readonly text: string;
  readonly table: string;
}

export const PROBE_SECONDS = 4;

export function* asked({ seed, over }: WhyState, seconds: number = PROBE_SECONDS): Generator<Answer> {
  yield { text: "", table: "" };
  const random = rng(seed);
  const theta = Float64Array.from({ length: ROWS * SIZE }, () => random.normal());
  const w = theta.map(() => random.normal());
  const shared = over === "mean" ? ROWS : 1;
  const result = probe({
    structure: kSubset(SIZE, CHOSEN),
    theta,
    loss(z) {
      const tilt = new Float64Array(ROWS);
      for (let i = 0; i < w.length; i++) tilt[Math.floor(i / SIZE)]! += w[i]! * z[i]!;
      const gradient = w.map((x, i) => (2 * tilt[Math.floor(i / SIZE)]! * x) / shared);
      return { value: tilt.map((t) => t ** 2 / shared), gradient };
    },
    rng: rng(seed),
    seconds,
  });
  yield { text: result.recommendation.text, table: String(result) };
}
