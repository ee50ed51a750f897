export { type CheckStructureOptions, checkStructure } from "./conformance/check-structure.ts";
export type * from "./contracts.ts";
export { rng } from "./core/rng.ts";
export { type BlackBoxOptions, blackBox } from "./estimators/black-box.ts";
export { type GumbelSoftmaxOptions, gumbelSoftmax } from "./estimators/gumbel-softmax.ts";
export { type IdentityOptions, identity } from "./estimators/identity.ts";
export { type ImleOptions, imle } from "./estimators/imle.ts";
export {
  type LearnToExplainLayer,
  type LearnToExplainOptions,
  learnToExplain,
} from "./estimators/learn-to-explain.ts";
export { type MovingAverage, type MovingAverageState, movingAverage } from "./estimators/moving-average.ts";
export type { Temperature } from "./estimators/perturb-and-map.ts";
export { type PerturbedOptimizerOptions, perturbedOptimizer } from "./estimators/perturbed-optimizer.ts";
export { type RelaxedSubsetOptions, relaxedSubset } from "./estimators/relaxed-subset.ts";
export {
  type ScoreFunctionEvaluation,
  type ScoreFunctionLayer,
  type ScoreFunctionOptions,
  scoreFunction,
} from "./estimators/score-function.ts";
export { type SimpleOptions, simple } from "./estimators/simple.ts";
export {
  type StochasticSoftmaxLayer,
  type StochasticSoftmaxOptions,
  stochasticSoftmax,
} from "./estimators/stochastic-softmax.ts";
export { type StraightThroughOptions, straightThrough } from "./estimators/straight-through.ts";
export { contrastiveMap } from "./losses/contrastive-map.ts";
export { type FenchelYoung, type FenchelYoungOptions, fenchelYoung } from "./losses/fenchel-young.ts";
export { hamming } from "./losses/hamming.ts";
export { type ListwiseRankingOptions, listwiseRanking } from "./losses/listwise-ranking.ts";
export type { LossAndGradient } from "./losses/loss-and-gradient.ts";
export { nce } from "./losses/nce.ts";
export { type PairwiseRankingOptions, pairwiseRanking } from "./losses/pairwise-ranking.ts";
export { pointwiseRanking } from "./losses/pointwise-ranking.ts";
export { regret } from "./losses/regret.ts";
export { type SpoPlusOptions, spoPlus } from "./losses/spo-plus.ts";
export { type StructuredSvm, type StructuredSvmOptions, structuredSvm } from "./losses/structured-svm.ts";
export { utilityKl } from "./losses/utility-kl.ts";
export { type EdgeScores, edgeScores } from "./metrics/edge-scores.ts";
export { type GradientQuality, gradientQuality } from "./metrics/gradient-quality.ts";
export { pathOptimality } from "./metrics/path-optimality.ts";
export { subsetPrecision } from "./metrics/subset-precision.ts";
export { gaussian } from "./noise/gaussian.ts";
export { gumbel } from "./noise/gumbel.ts";
export { logistic } from "./noise/logistic.ts";
export { negativeExponential } from "./noise/negative-exponential.ts";
export { noNoise } from "./noise/no-noise.ts";
export type { PerturbedEntries } from "./noise/perturbed-entries.ts";
export { type SumOfGammaOptions, sumOfGamma } from "./noise/sum-of-gamma.ts";
export type { NoiseOptions } from "./noise/tabulated.ts";
export { type ProbeOptions, type ProbeProgress, probe } from "./probe/probe.ts";
export type { ProbeLoss } from "./probe/problem.ts";
export type { ProbeReference } from "./probe/reference.ts";
export type {
  ProbeDiagnosis,
  ProbeEntry,
  ProbeRecommendation,
  ProbeResult,
  ProbeStage,
  ProbeUntried,
} from "./probe/result.ts";
export { binaryEntropy } from "./relaxations/binary-entropy.ts";
export { categoricalEntropy } from "./relaxations/categorical-entropy.ts";
export { euclidean } from "./relaxations/euclidean.ts";
export { exponentialFamily } from "./relaxations/exponential-family.ts";
export { type NeuralSort, neuralSort } from "./relaxations/neural-sort.ts";
export { relaxedTopK } from "./relaxations/relaxed-top-k.ts";
export { type Sinkhorn, type SinkhornOptions, sinkhorn } from "./relaxations/sinkhorn.ts";
export { type SoftEisnerOptions, softEisner } from "./relaxations/soft-eisner.ts";
export { type SoftRankOptions, softRank } from "./relaxations/soft-rank.ts";
export { softSort } from "./relaxations/soft-sort.ts";
export { type SparseMap, type SparseMapOptions, sparseMap } from "./relaxations/sparse-map.ts";
export { type ArborescenceContext, arborescence } from "./structures/arborescence.ts";
export {
  type BoundedSubsetContext,
  type BoundedSubsetOptions,
  boundedSubset,
} from "./structures/bounded-subset.ts";
export { type CategoricalContext, categorical } from "./structures/categorical.ts";
export { type CorrelatedKSubsetContext, correlatedKSubset } from "./structures/correlated-k-subset.ts";
export {
  type DependencyTreeContext,
  type DependencyTreeOptions,
  dependencyTree,
} from "./structures/dependency-tree.ts";
export { completeDigraph, completeGraph, type Graph } from "./structures/graph.ts";
export {
  type GraphPath,
  type GraphPathContext,
  type GraphPathOptions,
  graphPath,
} from "./structures/graph-path.ts";
export {
  type GridPath,
  type GridPathContext,
  type GridPathOptions,
  gridPath,
} from "./structures/grid-path.ts";
export { type IndependentBitsContext, independentBits } from "./structures/independent-bits.ts";
export { type KSubset, type KSubsetContext, kSubset } from "./structures/k-subset.ts";
export { type KnapsackContext, knapsack } from "./structures/knapsack.ts";
export { type LinearChainContext, linearChain } from "./structures/linear-chain.ts";
export { type MatchingContext, matching } from "./structures/matching.ts";
export { type Minimizer, minimizing } from "./structures/minimizing.ts";
export { type Product, type ProductContext, product } from "./structures/product.ts";
export { ranking } from "./structures/ranking.ts";
export { type Repeated, repeat } from "./structures/repeat.ts";
export {
  type SolutionPool,
  type SolutionPoolOptions,
  solutionPool,
} from "./structures/solution-pool.ts";
export { type SolverOptions, solver } from "./structures/solver.ts";
export {
  type SortingContext,
  type SortingPermutation,
  sortingPermutation,
} from "./structures/sorting-permutation.ts";
export { type SpanningTreeContext, spanningTree } from "./structures/spanning-tree.ts";
export { type TourContext, tour } from "./structures/tour.ts";
export { type Transport, type TransportContext, transport } from "./structures/transport.ts";
export {
  type AdaptiveOptions,
  type AdaptiveState,
  type AdaptiveTarget,
  adaptive,
} from "./targets/adaptive.ts";
export { lossOptimum } from "./targets/loss-optimum.ts";
export { type PerturbationOptions, perturbation } from "./targets/perturbation.ts";
