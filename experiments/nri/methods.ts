/** Laws of the unseen graph: what is drawn in training and in tests, and the divergence from the prior. */
import { type Pairs, pairs } from "../../lab/nn/pairs.ts";
import {
  completeDigraph,
  completeGraph,
  type Evaluation,
  type ExponentialFamily,
  exponentialFamily,
  type FloatArray,
  gumbel,
  imle,
  independentBits,
  kSubset,
  type Layer,
  type LossAndGradient,
  logistic,
  type Noise,
  perturbation,
  type Rng,
  type SameKind,
  simple,
  spanningTree,
  stochasticSoftmax,
  utilityKl,
} from "../../src/index.ts";
import type { MethodName, NriConfig } from "./config.ts";

/** All take and return vertices × vertices matrices of pairs, sender × receiver. */
export interface Method {
  /** Pulls back the decoder's loss, and the KL as it is weighed in the loss. */
  readonly layer: Layer;
  /** Hard states with the noise of training. */
  sample(theta: Float32Array, rng: Rng): Float32Array;
  /** The likeliest graph. */
  map(theta: Float32Array): Float32Array;
  marginals(theta: Float32Array): Float32Array;
  /** One number a row, of the whole graph. */
  kl(theta: Float32Array): Float64Array;
}

/** A law over the edges of a graph. */
interface Law {
  readonly pairs: Pairs;
  readonly undirected: boolean;
  readonly family: ExponentialFamily;
  readonly layer: Layer;
  sample(theta: FloatArray, rng: Rng): FloatArray;
  kl(theta: FloatArray): LossAndGradient;
}

export function methodOf(name: MethodName, config: NriConfig): Method {
  const { vertices, batch, range, doubleKl } = config;
  const law = lawOf(name, config);
  const { family } = law;
  const edges = family.shape[0]!;
  // Of a pair and its mirror image the mean.
  const share = law.undirected ? 0.5 : 1;
  const logits = (theta: Float32Array): Float32Array => clipped(law.pairs.read(theta, share), edges, range);
  const copies = doubleKl && law.undirected ? 2 : 1;
  const weight = copies / (batch * vertices);
  const shape = [vertices, vertices];
  return {
    layer: {
      name,
      inputShape: shape,
      outputShape: shape,
      forward<A extends FloatArray>(theta: A, rng?: Rng): Evaluation<SameKind<A>> {
        const raw: FloatArray = law.pairs.read(theta, share);
        const eta = clipped(raw, edges, range);
        const evaluation: Evaluation = law.layer.forward(eta, rng);
        return {
          value: law.pairs.write(evaluation.value, 1) as SameKind<A>,
          diagnostics: evaluation.diagnostics,
          backward(cotangent) {
            const gradient = evaluation.backward(law.pairs.read(cotangent, 1));
            const kl = law.kl(eta).gradient;
            for (let i = 0; i < gradient.length; i++) gradient[i]! += weight * kl[i]!;
            pullThroughClip(raw, eta, gradient, edges);
            return law.pairs.write(gradient, share) as SameKind<A>;
          },
        };
      },
    },
    sample: (theta, rng) => law.pairs.write(law.sample(logits(theta), rng) as Float32Array, 1),
    map(theta) {
      const eta = logits(theta);
      const z = new Float32Array(eta.length);
      family.map(eta, z);
      return law.pairs.write(z, 1);
    },
    marginals(theta) {
      const eta = logits(theta);
      const mu = new Float32Array(eta.length);
      family.marginals(eta, mu);
      return law.pairs.write(mu, 1);
    },
    kl: (theta) => law.kl(logits(theta)).value.map((value) => copies * value),
  };
}

function lawOf(name: MethodName, { vertices, temperature, lambda, batch }: NriConfig): Law {
  const [graph, digraph] = [completeGraph(vertices), completeDigraph(vertices)];
  const undirected = { pairs: pairs(graph, true), undirected: true };
  const edges = graph.edges.length;
  const tree = spanningTree(graph);
  const relaxed = (family: ExponentialFamily, noise: Noise) => {
    const layer = stochasticSoftmax(exponentialFamily(family), { noise, temperature });
    return { family, layer, sample: layer.evaluate, kl: utility(noise, family.shape[0]!) };
  };
  const hard = (layer: Layer) => ({
    ...undirected,
    family: tree,
    layer,
    sample: (theta: FloatArray, rng: Rng) => layer.forward(theta, rng).value,
  });
  switch (name) {
    case "indep-binary":
      return {
        pairs: pairs(digraph, false),
        undirected: false,
        ...relaxed(independentBits(digraph.edges.length), logistic()),
      };
    case "top-k":
      return { ...undirected, ...relaxed(kSubset(edges, vertices - 1), gumbel()) };
    case "spanning-tree":
      return { ...undirected, ...relaxed(tree, gumbel()) };
    case "simple-spanning-tree":
      return { ...hard(simple(tree)), kl: (theta) => klToUniform(tree, theta) };
    case "imle-spanning-tree": {
      // The layer sees the gradient of the batch's mean per vertex.
      const target = perturbation({ lambda: lambda * batch * vertices });
      return { ...hard(imle(tree, { noise: gumbel(), target })), kl: utility(gumbel(), edges) };
    }
  }
}

const utility = (noise: Noise, size: number) => (theta: FloatArray) => utilityKl(noise, theta, size);

/** KL(p(z; θ) ‖ uniform) = log |C| − H, with gradient Cov(z) θ: there is no utility in a faithful sample. */
function klToUniform(law: ExponentialFamily, theta: FloatArray): LossAndGradient {
  const size = law.shape[0]!;
  const [states, gradient] = [new Float64Array(1), new Float64Array(theta.length)];
  law.logPartition(new Float64Array(size), states);
  const value = new Float64Array(theta.length / size);
  law.entropy(theta, value);
  law.marginalsJvp(Float64Array.from(theta), Float64Array.from(theta), gradient);
  return { value: value.map((entropy) => states[0]! - entropy), gradient };
}

/**
 * The gradient of clipped logits as one of raw ones. What would bring a clipped logit back reaches it; all else belongs to the
 * largest of the row, from which it is clipped: without that the KL of clipped utilities would hold nothing down.
 */
function pullThroughClip(raw: FloatArray, eta: FloatArray, gradient: FloatArray, size: number): void {
  for (let row = 0; row < raw.length; row += size) {
    let largest = row;
    for (let i = row; i < row + size; i++) if (raw[i]! > raw[largest]!) largest = i;
    for (let i = row; i < row + size; i++) {
      if (eta[i] === raw[i] || gradient[i]! < 0) continue;
      gradient[largest]! += gradient[i]!;
      gradient[i] = 0;
    }
  }
}

/** No logit is further than `range` below the largest of its row. */
function clipped<A extends FloatArray>(theta: A, size: number, range: number): A {
  const out = theta.slice() as A;
  for (let row = 0; row < out.length; row += size) {
    let high = -Infinity;
    for (let i = row; i < row + size; i++) high = Math.max(high, out[i]!);
    for (let i = row; i < row + size; i++) out[i] = Math.max(out[i]!, high - range);
  }
  return out;
}
