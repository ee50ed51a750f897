/** Gradient descent with momentum on E L(z), all runs of a method side by side as rows of one θ. */
import { type Layer, rng } from "hardgrad";
import { type Dials, type Method, methods } from "./methods.ts";
import { exact, type Problem, problem } from "./problem.ts";

export interface RaceState extends Dials {
  readonly structure: string;
  readonly loss: string;
  readonly methods: readonly string[];
  /** What the methods' own learning rates are multiplied by. */
  readonly rate: number;
  readonly seed: number;
}

export const RUNS = 20;
export const STEPS = 80;
const MOMENTUM = 0.9;

export interface RaceStep {
  readonly method: string;
  readonly step: number;
  /** E L − min L over the runs. */
  readonly mean: number;
  readonly std: number;
}

/** One step of every method after the other; step 0 is where all begin. */
export function* race(state: RaceState): Generator<RaceStep> {
  const p = problem(state.structure, state.loss, state.seed);
  const best = Math.min(...p.states.map((z) => p.loss(z)));
  const runners = methods
    .filter(({ name }) => state.methods.includes(name))
    .map((method) => runner(p, method, state));
  for (let step = 0; step <= STEPS; step++) {
    for (const { method, theta, advance } of runners) {
      if (step > 0) advance(step);
      const gaps = rowsOf(theta, p.size).map((row) => exact(p, row).mean - best);
      const mean = gaps.reduce((a, b) => a + b) / RUNS;
      const std = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (RUNS - 1));
      yield { method: method.name, step, mean, std };
    }
  }
}

function runner(p: Problem, method: Method, state: RaceState) {
  const layer = method.layer(p.structure, state);
  const theta = Float64Array.from({ length: RUNS * p.size }, (_, i) => p.theta[i % p.size]!);
  const velocity = new Float64Array(theta.length);
  const draws = rng(state.seed).split(1);
  const rate = method.rate * state.rate;
  return {
    method,
    theta,
    advance(step: number): void {
      const gradient = gradients(p, layer, method, theta, draws.split(step));
      for (let i = 0; i < theta.length; i++) {
        velocity[i] = MOMENTUM * velocity[i]! + gradient[i]!;
        theta[i] = theta[i]! - rate * velocity[i]!;
      }
    },
  };
}

/** One estimate of the gradient a row. */
export function gradients(
  p: Problem,
  layer: Layer,
  method: Method,
  theta: Float64Array,
  draws: ReturnType<typeof rng>,
): Float64Array {
  const z = layer.forward(theta, draws);
  const states = rowsOf(z.value as Float64Array, p.size);
  const cotangent = method.losses
    ? Float64Array.from(states, (row) => p.loss(row))
    : Float64Array.from(states.flatMap((row) => [...p.slope(row)]));
  return z.backward(cotangent) as Float64Array;
}

export function rowsOf(values: Float64Array, size: number): Float64Array[] {
  return Array.from({ length: values.length / size }, (_, r) => values.subarray(r * size, (r + 1) * size));
}
