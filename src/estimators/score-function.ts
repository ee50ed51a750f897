import type {
  Evaluation,
  ExponentialFamily,
  FloatArray,
  Layer,
  Noise,
  Rng,
  SameKind,
  Structure,
} from "../contracts.ts";
import {
  checkFinite,
  checkInteger,
  checkMethod,
  checkOneOf,
  checkOptions,
  checkPositive,
  checkRng,
  checkTheta,
} from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { familySize, structureSize } from "../core/structure-argument.ts";
import { temper } from "../core/temper.ts";
import { checkScore } from "../noise/check-score.ts";
import { type PerturbedEntries, perturbedEntries } from "../noise/perturbed-entries.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";
import { faithfulSamples } from "./faithful-samples.ts";
import type { MovingAverage } from "./moving-average.ts";
import { doubles, perturbAndMap } from "./perturb-and-map.ts";
import { fromSlabs, sampledOutput } from "./samples.ts";

export interface ScoreFunctionOptions {
  /** τ of p(z) ∝ exp(⟨z, θ⟩ / τ), or scale ε of the noise; 1 by default. */
  readonly temperature?: number;
  /** Samples MAP(θ + εZ) in place of faithful ones, and needs no exact inference; a noise that knows its score: `gaussian()`, … */
  readonly noise?: Noise;
  /**
   * With `noise`: which entries of a row are perturbed, all by default: the first so many, or m numbers of which 0 leaves an
   * entry as it is, and without a gradient. Fewer: less variance.
   */
  readonly perturbed?: PerturbedEntries;
  /** Samples S per row, 1 by default. More: less variance. */
  readonly samples?: number;
  /** What is subtracted from the loss to reduce variance: "leave-one-out" is the mean loss of a row's other samples. */
  readonly baseline?: "none" | "leave-one-out" | MovingAverage;
}

export interface ScoreFunctionLayer<Context = unknown> extends Layer<Context> {
  forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): ScoreFunctionEvaluation<SameKind<A>>;
}

export interface ScoreFunctionEvaluation<A extends FloatArray = FloatArray> extends Evaluation<A> {
  /**
   * The score function alone sees losses, not their gradients.
   * @param losses one a (row, sample), rows × S numbers.
   * @param baseline values to subtract, one a (row, sample), for a learnt baseline (NVIL); it must not depend on the
   *   samples that it is subtracted from. The option `baseline` is then a mean of what it leaves, L − b.
   */
  backward(losses: FloatArray, baseline?: FloatArray): A;
}

/**
 * Score function estimator (REINFORCE): for losses of states, differentiable or not.
 *
 *     of the law p(z) ∝ exp(⟨z, θ⟩ / τ)    dE L/dθ = E[(L(z) − b) (z − E[z])] / τ,         z a faithful sample
 *     of a plain solver, with `noise`      dE L/dθ = E[(L(z) − b) ∇ν(Z)] / ε,              z = MAP(θ + εZ)
 *
 * where Z has density ∝ exp(−ν). Unbiased for any loss; the variance grows with the size of the loss, and that of the
 * second with the number of perturbed entries. The loss of MAP(θ), or of any state that does not depend on Z, is a control
 * variate: pass it to `backward` as the baseline. Entries that θ excludes have no gradient; those that only a context
 * leaves out get noise of mean 0 from a plain solver, so make padding −Infinity in θ, too.
 *
 * @param family the law, shape m; with `noise` any structure with a MAP solver.
 * @param options see {@link ScoreFunctionOptions}.
 * @returns a layer whose `backward` takes losses instead of a cotangent; S samples and one exact inference a row, or S
 *   solver calls.
 * @throws TypeError for an unknown option or a missing `rng`, RangeError for values out of range and for a noise without
 *   a score.
 * @example
 * import { gaussian, kSubset, rng, scoreFunction } from "hardgrad";
 * const z = scoreFunction(kSubset(3, 1)).forward(Float64Array.of(0, 0, 0), rng(1));
 * z.backward(Float64Array.of(3)); // Float64Array [-1, 2, -1]: 3 (z − 1/3), element 1 was drawn
 * // From the solver alone; only entry 0 of θ is uncertain.
 * const layer = scoreFunction(kSubset(3, 1), { noise: gaussian(), samples: 2, perturbed: [1, 0, 0] });
 * const drawn = layer.forward(Float64Array.of(0, 0.5, 0), rng(2));
 * drawn.value; // Float64Array [0, 1, 0, 0, 1, 0]
 * drawn.backward(Float64Array.of(3, 1)).subarray(1); // Float64Array [0, 0]
 * @see Williams: Simple statistical gradient-following algorithms (1992); Mnih and Gregor: NVIL (2014); Kool, van Hoof,
 *   Welling: Buy 4 REINFORCE samples, get a baseline for free (2019); Berthet et al.: Learning with differentiable
 *   perturbed optimizers (2020), Proposition 3.1, of which the second line is the form for any loss.
 */
export function scoreFunction<Context = unknown>(
  family: ExponentialFamily<Context>,
  options?: ScoreFunctionOptions,
): ScoreFunctionLayer<Context>;
export function scoreFunction<Context = unknown>(
  structure: Structure<Context>,
  options: ScoreFunctionOptions & { readonly noise: Noise },
): ScoreFunctionLayer<Context>;
export function scoreFunction<Context = unknown>(
  family: Structure<Context> | ExponentialFamily<Context>,
  options: ScoreFunctionOptions = {},
): ScoreFunctionLayer<Context> {
  const who = "scoreFunction";
  checkOptions(who, options, ["temperature", "noise", "perturbed", "samples", "baseline"]);
  const { temperature = 1, noise, perturbed, samples = 1, baseline = "none" } = options;
  checkPositive(who, "temperature", temperature);
  checkInteger(who, "samples", samples, 1);
  const leaveOneOut = baseline === "leave-one-out";
  const moving = typeof baseline === "object" ? baseline : undefined;
  if (moving === undefined) checkOneOf(who, "baseline", baseline, ["none", "leave-one-out"]);
  else checkMethod(who, "baseline", moving, "update", "a baseline, as movingAverage() makes");
  if (leaveOneOut && samples < 2) {
    throw new RangeError(
      `${who}: samples expected at least 2 for the leave-one-out baseline, got ${samples}`,
    );
  }
  const size = noise === undefined ? familySize(who, family) : structureSize(who, family);
  if (perturbed !== undefined && noise === undefined) {
    throw new TypeError(`${who}: perturbed expected noise beside it, got none`);
  }
  const draw =
    noise === undefined
      ? faithful(who, family as ExponentialFamily<Context>, size, temperature, samples)
      : throughSolver(who, family, noise, perturbed, size, temperature, samples);

  function forward<A extends FloatArray>(
    theta: A,
    rng?: Rng,
    context?: Context,
  ): ScoreFunctionEvaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    checkRng(who, rng, "states are sampled");
    const slab = rows * size;
    const { states, score } = draw(theta, rows, rng, context);
    const value = floatsLike(theta, samples * slab);
    fromSlabs(states, rows, samples, size, false, value);
    const diagnostics = startDiagnostics(family, samples * rows);
    return {
      value,
      diagnostics,
      backward(losses, learnt) {
        checkFinite(who, "losses", losses, rows * samples);
        if (learnt !== undefined) checkFinite(who, "baseline", learnt, rows * samples);
        const slopes = score();
        if (noise === undefined) diagnostics.solverCalls += rows;
        const gradient = new Float64Array(slab);
        const average = moving ? moving.value() : 0;
        const residual = Float64Array.from(losses, (loss, at) => loss - (learnt ? learnt[at]! : 0));
        let total = 0;
        for (let row = 0; row < rows; row++) {
          // From the first one on: equal losses leave a gradient of zero, not one of rounding.
          const from = leaveOneOut ? residual[row * samples]! : 0;
          let sum = 0;
          for (let s = 0; s < samples; s++) sum += residual[row * samples + s]! - from;
          total += sum;
          for (let s = 0; s < samples; s++) {
            const above = residual[row * samples + s]! - from;
            const others = leaveOneOut ? (sum - above) / (samples - 1) : average;
            const weight = (above - others) / (samples * temperature);
            for (let i = row * size; i < (row + 1) * size; i++) {
              gradient[i] = gradient[i]! + weight * slopes[s * slab + i]!;
            }
          }
        }
        if (rows > 0) moving?.update(total / (rows * samples));
        diagnostics.solver = family.report?.() ?? {};
        const out = floatsLike(theta, slab);
        out.set(gradient);
        diagnostics.zeroGradientShare = zeroRowShare(out, rows, size);
        return out;
      },
    };
  }

  return {
    name: who,
    inputShape: family.shape,
    ...sampledOutput(family.shape, samples, false),
    forward,
  };
}

/** States in slabs, and τ ∇_θ log of their density, or of that of the noise that made them. */
type Draw<Context> = (
  theta: FloatArray,
  rows: number,
  rng: Rng,
  context: Context | undefined,
) => { readonly states: Float64Array; score(): Float64Array };

function faithful<Context>(
  who: string,
  family: ExponentialFamily<Context>,
  size: number,
  temperature: number,
  samples: number,
): Draw<Context> {
  return (theta, _rows, rng, context) => {
    const parameters = temper(who, theta, size, temperature);
    const states = faithfulSamples(family, parameters, rng, samples, context);
    return {
      states,
      score() {
        const mu = new Float64Array(parameters.length);
        family.marginals(parameters, mu, context);
        return states.map((z, at) => z - mu[at % mu.length]!);
      },
    };
  };
}

function throughSolver<Context>(
  who: string,
  structure: Structure<Context>,
  noise: Noise,
  perturbed: PerturbedEntries | undefined,
  size: number,
  temperature: number,
  samples: number,
): Draw<Context> {
  checkScore(who, noise);
  const perturb = perturbAndMap(who, structure, noise, samples, perturbed);
  const entries = perturbedEntries(who, perturbed, size);
  return (theta, rows, rng, context) => {
    const parameters = doubles(theta);
    const drawn = perturb.draw(rows, rng);
    return {
      states: perturb.states(parameters, drawn, temperature, context),
      score: () =>
        drawn.map((z, at) =>
          entries?.[at % size] === 0 || parameters[at % parameters.length] === -Infinity
            ? 0
            : noise.score!(z),
        ),
    };
  };
}
