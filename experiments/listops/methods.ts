/** Laws of the unseen graph: what is drawn in training, and the graph that counts in tests. */
import { type Pairs, pairs } from "../../lab/nn/pairs.ts";
import {
  arborescence,
  completeDigraph,
  completeGraph,
  type Evaluation,
  type ExponentialFamily,
  exponentialFamily,
  type FloatArray,
  type Graph,
  gaussian,
  gumbel,
  independentBits,
  type Layer,
  logistic,
  type Noise,
  negativeExponential,
  type Rng,
  type SameKind,
  simple,
  spanningTree,
  stochasticSoftmax,
} from "../../src/index.ts";
import type { ListopsConfig, MethodName } from "./config.ts";

/** All take and return words × words matrices of pairs, the head first. Rows have as many words as `lengths` says. */
export interface Method {
  readonly layer: Layer<ArrayLike<number>>;
  /** The graph of the largest mean utility. */
  map(theta: Float32Array, lengths: ArrayLike<number>): Float32Array;
  /** Of graphs drawn without any θ: what is right by chance. */
  uniform(lengths: ArrayLike<number>): Float32Array;
}

/** Names of the methods that draw a graph. */
export type LatentName = Exclude<MethodName, "lstm" | "ground-truth">;

/** Logarithms of rates: beyond it utilities would differ by more than inference can tell apart. */
const RATE_RANGE = 15;

/** A law over the edges of a graph. */
interface Law {
  readonly pairs: Pairs;
  readonly undirected: boolean;
  readonly family: ExponentialFamily;
  readonly layer: Layer;
  /** What hides words beyond a row's own. */
  context(lengths: ArrayLike<number>): object;
  /** Scores further from 0 count as this far from it. */
  readonly range: number;
  /** Mean utility of an edge with score θ, up to a constant. */
  utility(theta: number): number;
}

export function methodOf(name: LatentName, config: ListopsConfig): Method {
  const { length } = config;
  const law = lawOf(name, config);
  const { family } = law;
  // Of a pair and its mirror image the mean.
  const share = law.undirected ? 0.5 : 1;
  const shape = [length, length];
  const clipped = (x: number): number => Math.min(Math.max(x, -law.range), law.range);
  const answer = (write: (out: Float32Array) => void, rows: number): Float32Array => {
    const out = new Float32Array(rows * family.shape[0]!);
    write(out);
    return law.pairs.write(out, 1);
  };
  return {
    layer: {
      name,
      inputShape: shape,
      outputShape: shape,
      forward<A extends FloatArray>(
        theta: A,
        rng?: Rng,
        lengths?: ArrayLike<number>,
      ): Evaluation<SameKind<A>> {
        const raw: FloatArray = law.pairs.read(theta as FloatArray, share);
        const eta = raw.map(clipped) as FloatArray;
        const made: Evaluation = law.layer.forward(eta, rng, law.context(lengths!));
        return {
          value: law.pairs.write(made.value, 1) as SameKind<A>,
          diagnostics: made.diagnostics,
          backward(cotangent) {
            const gradient = made.backward(law.pairs.read(cotangent, 1));
            // A clipped score is moved by what brings it back, and by nothing else.
            for (let i = 0; i < gradient.length; i++) {
              if ((raw[i]! - eta[i]!) * gradient[i]! < 0) gradient[i] = 0;
            }
            return law.pairs.write(gradient, share) as SameKind<A>;
          },
        };
      },
    },
    map(theta, lengths) {
      const utilities = law.pairs.read(theta, share).map((x) => law.utility(clipped(x)));
      return answer((z) => family.map(utilities, z, law.context(lengths)), lengths.length);
    },
    uniform(lengths) {
      const theta = new Float32Array(lengths.length * family.shape[0]!);
      return answer((mu) => family.marginals(theta, mu, law.context(lengths)), lengths.length);
    },
  };
}

function lawOf(name: LatentName, { length, temperature }: ListopsConfig): Law {
  const [graph, digraph] = [completeGraph(length), completeDigraph(length)];
  const as = (undirected: boolean) => ({
    pairs: pairs(undirected ? graph : digraph, undirected),
    undirected,
    range: Infinity,
    utility: (theta: number) => theta,
  });
  const relaxed = (
    family: ExponentialFamily,
    noise: Noise,
    parameter: "location" | "logRate" = "location",
  ) => ({
    family,
    layer: stochasticSoftmax(exponentialFamily(family), { noise, temperature, parameter }) as Layer,
  });
  const bits = (among: Graph) => ({
    ...relaxed(independentBits(among.edges.length), logistic()),
    context: (lengths: ArrayLike<number>) => ({ mask: within(among, lengths) }),
  });
  // The first word is the root.
  const arbor = arborescence(digraph, 0);
  const trees = { context: (lengths: ArrayLike<number>) => ({ vertices: lengths }) };
  switch (name) {
    case "indep-undirected":
      return { ...as(true), ...bits(graph) };
    case "indep-directed":
      return { ...as(false), ...bits(digraph) };
    case "spanning-tree":
      return { ...as(true), ...trees, ...relaxed(spanningTree(graph), gumbel()) };
    case "arborescence-gumbel":
      return { ...as(false), ...trees, ...relaxed(arbor, gumbel()) };
    case "arborescence-gaussian":
      return { ...as(false), ...trees, ...relaxed(arbor, gaussian()) };
    case "arborescence-neg-exp":
      return {
        ...as(false),
        ...trees,
        ...relaxed(arbor, negativeExponential(), "logRate"),
        range: RATE_RANGE,
        utility: (theta) => -Math.exp(-theta),
      };
    case "simple-arborescence":
      return { ...as(false), ...trees, family: arbor, layer: simple(arbor) };
  }
}

/** rows × edges: 1 for edges between a row's own words. */
function within({ edges }: Graph, lengths: ArrayLike<number>): Uint8Array {
  const size = edges.length;
  const mask = new Uint8Array(lengths.length * size);
  for (let row = 0; row < lengths.length; row++) {
    for (const [e, [i, j]] of edges.entries()) mask[row * size + e] = +(Math.max(i, j) < lengths[row]!);
  }
  return mask;
}
