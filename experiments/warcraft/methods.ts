/** What is trained under each name: a layer from costs to each map's loss. */
import { floatsLike } from "../../src/core/floats-like.ts";
import {
  type AdaptiveState,
  adaptive,
  blackBox,
  type FloatArray,
  fenchelYoung,
  gaussian,
  gridPath,
  hamming,
  imle,
  type Layer,
  type LossAndGradient,
  lossOptimum,
  minimizing,
  noNoise,
  regret,
  type SameKind,
  type Structure,
  sumOfGamma,
} from "../../src/index.ts";
import type { MethodName, WarcraftConfig } from "./config.ts";

/** What is true of a batch, as rows of cells. */
export interface Truth {
  readonly costs: FloatArray;
  readonly paths: FloatArray;
}

export interface Method {
  readonly name: MethodName;
  /** Predicts costs to find a path with, or each cell's log-odds of being on it. */
  readonly predicts: "costs" | "path";
  /** A layer from predictions, side × side, to the map's loss, one number; for one batch. */
  loss(truth: Truth): Layer;
  /** The solver that counts clamped costs. */
  readonly structure: Structure;
  /** What carries over from step to step. */
  state(): AdaptiveState | null;
  restore(state: AdaptiveState | null): void;
}

/** @param structure the solver of `side` × `side` cells. */
export function methodOf(
  name: MethodName,
  config: WarcraftConfig,
  structure: Structure = gridPath(config.side, config.side),
): Method {
  const { side, temperature } = config;
  const size = side * side;
  const noise = sumOfGamma({ k: Math.floor(1.3 * side), centered: config.centered });
  const costs = { name, structure, predicts: "costs" as const, ...STATELESS };
  const byHamming = (layer: Layer) => (truth: Truth) =>
    withLoss(minimizing(layer), (z) => hamming(z, truth.paths, size));
  switch (name) {
    case "imle-mu": {
      const layer = imle(structure, { noise, temperature, target: lossOptimum() });
      return {
        ...costs,
        loss: ({ paths, costs }) => withLoss(minimizing(layer), (z) => regret(z, paths, costs, size)),
      };
    }
    case "imle-map":
      return { ...costs, loss: byHamming(imle(structure, { noise: noNoise(), target: lossOptimum() })) };
    case "black-box":
      return { ...costs, loss: byHamming(blackBox(structure, { lambda: config.lambda / config.batch })) };
    case "adaptive-imle": {
      const { beta, targetNonZeros, betaStep: step } = config;
      const target = adaptive({ beta, targetNonZeros, step });
      return {
        ...costs,
        loss: byHamming(imle(structure, { noise, temperature, target })),
        state: target.state,
        restore: (state) => state && target.restore(state),
      };
    }
    case "fenchel-young": {
      const perturbed = fenchelYoung(structure, { noise: gaussian(), temperature: config.sigma });
      return {
        ...costs,
        loss: ({ paths }) =>
          closedForm(name, side, (predicted, rng) => {
            const { value, gradient } = perturbed(negated(predicted), paths, rng);
            return { value, gradient: negated(gradient) };
          }),
      };
    }
    case "direct":
      return {
        ...costs,
        predicts: "path",
        loss: ({ paths }) => closedForm(name, side, (logits) => crossEntropy(logits, paths, size)),
      };
  }
}

const STATELESS = { state: () => null, restore: () => {} };

/**
 * A layer followed by a loss of its states. Targets see the gradient of each map's own loss: its weight in the batch
 * is multiplied in afterwards.
 */
export function withLoss(layer: Layer, lossOf: (z: FloatArray) => LossAndGradient): Layer {
  return {
    name: layer.name,
    inputShape: layer.inputShape,
    outputShape: [],
    forward(theta, rng) {
      const evaluation = layer.forward(theta, rng);
      const { value, gradient } = lossOf(evaluation.value);
      return {
        value: inKindOf(theta, value),
        diagnostics: evaluation.diagnostics,
        backward: (cotangent) => inKindOf(theta, scaledRows(evaluation.backward(gradient), cotangent)),
      };
    },
  };
}

/** A loss with its gradient, as a layer. */
function closedForm(
  name: string,
  side: number,
  lossOf: (predicted: FloatArray, rng: Parameters<Layer["forward"]>[1]) => LossAndGradient,
): Layer {
  return {
    name,
    inputShape: [side, side],
    outputShape: [],
    forward(predicted, rng) {
      const { value, gradient } = lossOf(predicted, rng);
      return {
        value: inKindOf(predicted, value),
        diagnostics: {
          solverCalls: value.length,
          zeroGradientShare: zeroShare(gradient, value.length),
          meanHammingDistance: Number.NaN,
          lambda: Number.NaN,
          solver: {},
        },
        backward: (cotangent) => inKindOf(predicted, scaledRows(gradient, cotangent)),
      };
    },
  };
}

/** Σ log(1 + e^l) − y l over cells. */
function crossEntropy(logits: FloatArray, y: FloatArray, size: number): LossAndGradient {
  const value = new Float64Array(logits.length / size);
  const gradient = logits.map((l, i) => {
    const row = Math.floor(i / size);
    value[row] = value[row]! + Math.max(l, 0) + Math.log1p(Math.exp(-Math.abs(l))) - y[i]! * l;
    return (Math.tanh(l / 2) + 1) / 2 - y[i]!;
  });
  return { value, gradient };
}

/** These numbers in an array of θ's kind. */
function inKindOf<A extends FloatArray>(theta: A, values: FloatArray): SameKind<A> {
  const out = floatsLike(theta, values.length);
  out.set(values);
  return out;
}

function scaledRows(gradient: FloatArray, weights: FloatArray): FloatArray {
  const size = gradient.length / weights.length;
  return gradient.map((g, i) => g * weights[Math.floor(i / size)]!);
}

function zeroShare(gradient: FloatArray, rows: number): number {
  const size = gradient.length / rows;
  let zeros = 0;
  for (let row = 0; row < rows; row++) {
    zeros += +gradient.subarray(row * size, (row + 1) * size).every((g) => g === 0);
  }
  return zeros / rows;
}

function negated(values: FloatArray): FloatArray {
  return values.map((x) => 0 - x);
}
