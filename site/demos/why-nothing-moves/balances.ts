/** Many balances at once: each puts four of ten weights on its beam, and pays for the tilt that they make. */
import { adaptive, imle, kSubset, type Layer, perturbation, rng } from "hardgrad";

export interface WhyState {
  /** λ, or β of the adaptive target. */
  readonly lambda: number;
  readonly target: string;
  readonly tau: number;
  readonly over: string;
  readonly rate: number;
  readonly seed: number;
}

export const ROWS = 100;
export const SIZE = 10;
export const CHOSEN = 4;
export const STEPS = 200;
/** Steps whose means are shown and judged. */
export const WINDOW = 20;
/** Steps whose mean loss the later ones are held against. */
export const BEGINNING = 5;

export interface Balances {
  readonly step: number;
  /** ⟨w, z⟩ of each row. */
  readonly tilts: Float64Array;
  /** Mean of ⟨w, z⟩² over the rows, whatever the gradient is of. */
  readonly loss: number;
  readonly zeroGradientShare: number;
  readonly meanHammingDistance: number;
  readonly lambda: number;
  /** ‖z − z″‖₁ of two draws at the same θ: what noise alone changes. */
  readonly noiseChanges: number;
}

export function layerOf({ lambda, target, tau }: WhyState): Layer {
  return imle(kSubset(SIZE, CHOSEN), {
    target: target === "adaptive" ? adaptive({ beta: lambda }) : perturbation({ lambda }),
    temperature: tau,
    scale: "none",
  });
}

export function* balances(state: WhyState): Generator<Balances> {
  const layer = layerOf(state);
  const random = rng(state.seed);
  const theta = Float64Array.from({ length: ROWS * SIZE }, () => random.normal());
  const w = theta.map(() => random.normal());
  const shared = state.over === "mean" ? ROWS : 1;
  for (let step = 0; step < STEPS; step++) {
    const z = layer.forward(theta, random.split(2 * step));
    const again = layer.forward(theta, random.split(2 * step + 1)).value;
    const tilts = new Float64Array(ROWS);
    for (let i = 0; i < w.length; i++) tilts[Math.floor(i / SIZE)]! += w[i]! * z.value[i]!;
    const gradient = z.backward(w.map((x, i) => (2 * tilts[Math.floor(i / SIZE)]! * x) / shared));
    for (let i = 0; i < theta.length; i++) theta[i] = theta[i]! - state.rate * gradient[i]!;
    const { zeroGradientShare, meanHammingDistance, lambda } = z.diagnostics;
    yield {
      step,
      tilts,
      loss: tilts.reduce((sum, tilt) => sum + tilt ** 2, 0) / ROWS,
      zeroGradientShare,
      meanHammingDistance,
      lambda,
      noiseChanges: again.reduce((sum, x, i) => sum + Math.abs(x - z.value[i]!), 0) / ROWS,
    };
  }
}

type Measure = "loss" | "zeroGradientShare" | "meanHammingDistance" | "lambda" | "noiseChanges";

/** The mean over some steps. */
export function mean(steps: readonly Balances[], measure: Measure): number {
  return steps.reduce((sum, step) => sum + step[measure], 0) / steps.length;
}

/** What the program prints: the loss at both ends, and what the diagnostics say at the end. */
export function summary(steps: readonly Balances[]): [name: string, value: string][] {
  const last = steps.slice(-WINDOW);
  return [
    ["loss at the beginning", mean(steps.slice(0, BEGINNING), "loss").toFixed(2)],
    ["loss at the end", mean(last, "loss").toFixed(2)],
    ["zeroGradientShare", mean(last, "zeroGradientShare").toFixed(2)],
    ["meanHammingDistance", mean(last, "meanHammingDistance").toFixed(2)],
    ["lambda", mean(last, "lambda").toPrecision(2)],
    ["changed by noise alone", mean(last, "noiseChanges").toFixed(2)],
  ];
}
