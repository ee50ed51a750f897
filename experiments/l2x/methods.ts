/** How a few of a row's items are chosen: in training, with gradients, and in tests, without noise. */
import {
  type AdaptiveTarget,
  adaptive,
  binaryEntropy,
  categoricalEntropy,
  correlatedKSubset,
  type Evaluation,
  euclidean,
  exponentialFamily,
  type FloatArray,
  gumbel,
  imle,
  type KSubsetContext,
  kSubset,
  type Layer,
  learnToExplain,
  perturbation,
  type Rng,
  relaxedSubset,
  simple,
  stochasticSoftmax,
  straightThrough,
  sumOfGamma,
} from "../../src/index.ts";
import { chosenK, type L2xConfig, type MethodName } from "./config.ts";

/** What a choice may depend on besides what the network says. */
export interface Rows {
  readonly width: number;
  readonly lengths: Int32Array;
  readonly scores: Float32Array;
}

/** θ is rows × width × 2: a score of each item, and one of its being chosen together with the next. */
export interface Method {
  /** Layer for rows of this width. Its value is rows × width. */
  layer(rows: Rows): Layer;
  /** The likeliest choice; `rng` is for the one that is random. */
  choose(theta: Float32Array, rows: Rows, rng: Rng): Float32Array;
  /** How many are chosen in a row of this length. */
  size(length: number): number;
  /** What adapts itself while it is trained. */
  readonly target?: AdaptiveTarget;
}

/** s of Sum-of-Gamma noise, as in all published experiments. */
const ITERATIONS = 10;

/** What the library's layers are given: elements, and with them pairs where `correlated`. */
interface Chooser {
  readonly layer: Layer<KSubsetContext>;
  readonly correlated: boolean;
  map(theta: FloatArray, out: FloatArray, context: KSubsetContext): void;
}

export function methodOf(name: MethodName, config: L2xConfig): Method {
  const k = chosenK(config);
  const size = (length: number): number => (name === "all" ? length : Math.min(k, length));
  if (name === "random" || name === "univariate" || name === "all") return { size, ...unlearned(name, k) };
  const target =
    name === "imle-adaptive"
      ? adaptive({ targetNonZeros: config.nonZeros, step: config.betaStep })
      : undefined;
  const choosers = new Map<number, Chooser>();
  const chooserOf = (width: number): Chooser => {
    const made = choosers.get(width) ?? chooser(name, config, width, target);
    choosers.set(width, made);
    return made;
  };
  return {
    size,
    layer(rows) {
      const { layer, correlated } = chooserOf(rows.width);
      const context = contextOf(rows, k);
      return selecting(name, rows.width, (theta, rng) => {
        const evaluation = layer.forward(parameters(theta, rows, correlated), rng, context);
        const state = evaluation.value;
        return {
          value: correlated ? elements(state, rows.width) : state,
          diagnostics: evaluation.diagnostics,
          backward(cotangent) {
            const own = correlated ? besidePairs(cotangent, rows.width) : cotangent;
            return toPairs(evaluation.backward(own), rows, correlated);
          },
        };
      });
    },
    choose(theta, rows) {
      const { map, correlated } = chooserOf(rows.width);
      const own = parameters(theta, rows, correlated);
      const z = new Float32Array(own.length);
      map(own, z, contextOf(rows, k));
      return correlated ? elements(z, rows.width) : z;
    },
    ...(target && { target }),
  };
}

function chooser(
  name: Exclude<MethodName, "random" | "univariate" | "all">,
  config: L2xConfig,
  width: number,
  target: AdaptiveTarget | undefined,
): Chooser {
  const { lambda, temperature, l2xTemperature, softSubTemperature, sstTemperature } = config;
  const k = Math.min(chosenK(config), width);
  const subset = kSubset(width, k);
  const noise = sumOfGamma({ k, iterations: ITERATIONS });
  const plain = (layer: Layer<KSubsetContext>): Chooser => ({ layer, correlated: false, map: subset.map });
  const relaxed = { temperature: sstTemperature, noise: gumbel() };
  switch (name) {
    case "imle":
      return plain(imle(subset, { noise, temperature, target: perturbation({ lambda }) }));
    case "imle-adaptive":
      return plain(imle(subset, { noise, temperature, target: target! }));
    case "simple":
      return plain(simple(subset));
    case "ste":
      return plain(straightThrough(subset, { noise, temperature }));
    case "l2x":
      return plain(learnToExplain(subset, { temperature: l2xTemperature }));
    case "soft-sub":
      return plain(relaxedSubset(subset, { temperature: softSubTemperature }));
    case "sst-euclidean":
      return plain(stochasticSoftmax(euclidean(subset), relaxed));
    case "sst-categorical":
      return plain(stochasticSoftmax(categoricalEntropy(subset), relaxed));
    case "sst-binary":
      return plain(stochasticSoftmax(binaryEntropy(subset), relaxed));
    case "sst-exponential":
      return plain(stochasticSoftmax(exponentialFamily(subset), relaxed));
    case "sst-correlated": {
      const line = correlatedKSubset(width, k);
      const layer = stochasticSoftmax(exponentialFamily(line), { ...relaxed, perturbed: width });
      return { layer, correlated: true, map: line.map };
    }
  }
}

/** Nothing to learn: k at random, the k highest scores, or all. */
function unlearned(name: "random" | "univariate" | "all", k: number): Pick<Method, "layer" | "choose"> {
  const choose = (rows: Rows, rng: Rng | undefined): Float32Array => {
    const { width, lengths, scores } = rows;
    const z = new Float32Array(lengths.length * width);
    if (name === "all") {
      for (const [row, length] of lengths.entries()) z.fill(1, row * width, row * width + length);
      return z;
    }
    const theta = name === "random" ? Float32Array.from(z, () => rng!.uniform()) : scores;
    kSubset(width, Math.min(k, width)).map(theta, z, contextOf(rows, k));
    return z;
  };
  const diagnostics = { solverCalls: 0, zeroGradientShare: 1, meanHammingDistance: 0, lambda: 0, solver: {} };
  return {
    layer: (rows) =>
      selecting(name, rows.width, (theta, rng) => ({
        value: choose(rows, rng),
        diagnostics,
        backward: () => new Float32Array(theta.length),
      })),
    choose: (_theta, rows, rng) => choose(rows, rng),
  };
}

function selecting(
  name: string,
  width: number,
  forward: (theta: FloatArray, rng: Rng | undefined) => Evaluation,
): Layer {
  return { name, inputShape: [width, 2], outputShape: [width], forward: forward as Layer["forward"] };
}

function contextOf({ lengths }: Rows, k: number): KSubsetContext {
  return { lengths, k: lengths.map((length) => Math.min(k, length)) };
}

/** Elements of rows, −∞ behind their ends, and where pairs count, the width − 1 of them after the elements. */
function parameters(theta: FloatArray, { width, lengths }: Rows, correlated: boolean): Float32Array {
  const size = correlated ? 2 * width - 1 : width;
  const out = new Float32Array(lengths.length * size);
  for (let row = 0; row < lengths.length; row++) {
    for (let i = 0; i < width; i++) {
      const from = 2 * (row * width + i);
      out[row * size + i] = i < lengths[row]! ? theta[from]! : -Infinity;
      if (correlated && i < width - 1) out[row * size + width + i] = theta[from + 1]!;
    }
  }
  return out;
}

/** The transposed map of `parameters`. */
function toPairs(gradient: FloatArray, { width, lengths }: Rows, correlated: boolean): Float32Array {
  const size = correlated ? 2 * width - 1 : width;
  const out = new Float32Array(2 * lengths.length * width);
  for (let row = 0; row < lengths.length; row++) {
    for (let i = 0; i < lengths[row]!; i++) {
      const to = 2 * (row * width + i);
      out[to] = gradient[row * size + i]!;
      if (correlated && i < width - 1) out[to + 1] = gradient[row * size + width + i]!;
    }
  }
  return out;
}

/** The first `width` of each 2 · width − 1 numbers. */
function elements(z: FloatArray, width: number): Float32Array {
  const size = 2 * width - 1;
  const out = new Float32Array((z.length / size) * width);
  for (let row = 0; row * size < z.length; row++) {
    out.set(z.subarray(row * size, row * size + width), row * width);
  }
  return out;
}

/** The transposed map of `elements`. */
function besidePairs(cotangent: FloatArray, width: number): Float32Array {
  const size = 2 * width - 1;
  const out = new Float32Array((cotangent.length / width) * size);
  for (let row = 0; row * width < cotangent.length; row++) {
    out.set(cotangent.subarray(row * width, (row + 1) * width), row * size);
  }
  return out;
}
