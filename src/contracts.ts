/**
 * The whole vocabulary on a page.
 *
 *     Structure (what states exist) × Noise (how θ is perturbed) × Estimator (how the gradient is made) → Layer
 *
 * Arrays are flat and row-major; a row is one instance. A structure maximises ⟨z, θ⟩, always.
 *
 * What a method writes into may be one of the arrays that it reads, or share no memory with them, at full speed; where it
 * overlaps them in any other way, by another view or by another object over the same shared memory, the results are the
 * same and one array is allocated a call. A method may be called from inside a solver, a noise or a target that it calls.
 * An array whose buffer was transferred is an error.
 *
 * θ holds numbers of ±1e300 for MAP, of ±1e10 for exact inference, where larger sums would lose log-odds of about 1 to
 * rounding; utilities of ±1e200 and temperatures of 1e-100 to 1e200 for relaxations. A structure may take more; what it
 * does not take is a RangeError that names the row and the range.
 */

export type FloatArray = Float32Array | Float64Array;
/** What a layer returns for θ of type A: singles for singles, doubles for doubles. */
export type SameKind<A extends FloatArray> = A extends Float32Array ? Float32Array : Float64Array;

/** A set C of states z in {0,1}^m (or R^m) with a solver for argmax_{z ∈ C} ⟨z, θ⟩. */
export interface Structure<Context = unknown> {
  readonly name: string;
  /** Shape of one θ and of one z; m is its product. */
  readonly shape: readonly number[];
  /** Number of ones, where every state has the same. */
  readonly cardinality?: number;
  /** Writes a MAP state for each row of `theta` into `out`; both hold rows × m numbers. */
  map(theta: FloatArray, out: FloatArray, context?: Context): void;
  /**
   * All states of one instance, each once and as an array of its own, for structures small enough to enumerate: the truth
   * of tests and of teaching.
   */
  states?(context?: Context): Iterable<Float64Array>;
  /** What a composed structure is made of, in the order of θ and z: independent of each other, side by side. */
  readonly parts?: readonly Part[];
  /** Why there is no exact inference, where it could be expected: a structure composed of others says which has none. */
  readonly inexact?: string;
  /**
   * The context of rows `from` … `to` − 1 of a batch of `rows`, where it does not divide as contexts do: every array in it
   * holds rows × something entries, and what is no array belongs to every row.
   */
  contextRows?(context: Context | undefined, rows: number, from: number, to: number): unknown;
  /**
   * What the solver counted since it was made (clamped costs, optimality gaps, …), by name: numbers that add up over rows,
   * or, where the name begins with "largest", maxima.
   */
  report?(): Readonly<Record<string, number>>;
}

/** A part of a composed structure, and where its numbers are in a row of z; and in a row of θ, where that is another place. */
export interface Part {
  readonly name: string;
  readonly structure: Structure<never>;
  readonly offset: number;
  readonly length: number;
  readonly inputOffset: number;
  readonly inputLength: number;
}

/** S with what is optional in it: concrete structures say what they have, as `With<Structure, "states">`. */
export type With<S, K extends keyof S> = S & Required<Pick<S, K>>;

/**
 * p(z) ∝ exp(⟨z, θ⟩) on a structure's states, with exact inference, row by row.
 * For a temperature τ the caller passes θ / τ.
 */
export interface ExponentialFamily<Context = unknown> extends Structure<Context> {
  /** `mu` = E[z], rows × m. */
  marginals(theta: FloatArray, mu: FloatArray, context?: Context): void;
  /** `out` = Cov(z) `direction`, rows × m: the Jacobian of the marginals is symmetric, so this is its VJP too. */
  marginalsJvp(theta: FloatArray, direction: FloatArray, out: FloatArray, context?: Context): void;
  /** `out` = log Σ_z exp(⟨z, θ⟩), one number a row. */
  logPartition(theta: FloatArray, out: FloatArray, context?: Context): void;
  /** Writes a faithful sample for each row; row r draws from `rng.row(r)`. */
  sample(theta: FloatArray, rng: Rng, out: FloatArray, context?: Context): void;
  /** `out` = −Σ_z p(z) log p(z) in nats, one number a row. */
  entropy(theta: FloatArray, out: FloatArray, context?: Context): void;
  /** `out` = log p(z), one number a row; −Infinity where the row of `z` is not a state. */
  logProbability(theta: FloatArray, z: FloatArray, out: FloatArray, context?: Context): void;
}

/** A stream of random numbers that can be split into independent streams. */
export interface Rng {
  /** An independent generator, determined by this one's key and `index` ≥ 0 alone, whatever was drawn before. */
  split(index: number): Rng;
  /** The stream of row `index`: what layers and samplers draw a row's numbers from. */
  row(index: number): Rng;
  /** The same generator seen from row `first` on: a worker that holds rows `first`… gets their very streams. */
  fromRow(first: number): Rng;
  /** Becomes `parent.row(index)` in place: the loop over rows allocates nothing. Returns itself. */
  restart(parent: Rng, index: number): Rng;
  /** A 32-bit unsigned integer. */
  bits(): number;
  /** Fills the first `length` entries with 32-bit words; the words that as many calls of `bits` would return. */
  fillBits(out: Uint32Array, length?: number): void;
  /** Uniform on the open interval (0, 1): the middles of 2⁵² equal intervals. */
  uniform(): number;
  /** Standard normal, by Marsaglia's polar method. */
  normal(): number;
  /** Exponential with rate 1. */
  exponential(): number;
  /** Gumbel(0, 1). */
  gumbel(): number;
  /** Gamma with this shape and scale 1, by Marsaglia and Tsang (2000), boosted for shapes below 1. */
  gamma(shape: number): number;
}

/** Independent noise for every entry of θ, at temperature 1. */
export interface Noise {
  readonly name: string;
  readonly mean: number;
  readonly variance: number;
  fill(out: FloatArray, rng: Rng): void;
  /**
   * −d/dz log p(z) for the density p of one entry; absent where p is not smooth. Gradients of expectations over the noise
   * weigh its draws by this (`perturbedOptimizer`).
   */
  score?(z: number): number;
  /**
   * How far the utilities that `stochasticSoftmax` makes of θ are from those of a prior θ₀; absent where no closed form is
   * known (`utilityKl`).
   */
  readonly divergence?: Divergence;
}

/** KL divergence of one entry's utility from its prior in nats, a function of d = θ − θ₀. */
export interface Divergence {
  value(d: number): number;
  /** Its derivative in d. */
  slope(d: number): number;
}

/** X_t = argmax_{x ∈ conv(C)} ⟨U, x⟩ − t f(x), and its exact vector–Jacobian product. */
export interface Relaxation<Context = unknown> {
  readonly name: string;
  /** The hard counterpart, used at evaluation. */
  readonly structure: Structure<Context>;
  /** Shape of one row of utilities, where it is not the structure's: n scores are sorted by an n × n matrix. */
  readonly inputShape?: readonly number[];
  relax(utilities: FloatArray, temperature: number, out: FloatArray, context?: Context): void;
  vjp(
    utilities: FloatArray,
    temperature: number,
    cotangent: FloatArray,
    out: FloatArray,
    context?: Context,
  ): void;
  /** `out` = max ⟨u, x⟩ − t f(x), what `relax` reaches, one number a row; absent where X_t is no such maximum. */
  objective?(utilities: FloatArray, temperature: number, out: FloatArray, context?: Context): void;
  /**
   * `out` = f(x) for points of the hull, one number a row; absent where f is 0 on states and not known elsewhere, as that of
   * `exponentialFamily` is. A product counts such a part 0.
   */
  regularizer?(x: FloatArray, out: FloatArray): void;
}

/**
 * How I-MLE moves θ against the downstream gradient, and by what its difference is divided.
 * All arrays hold rows × m numbers; `lambda` holds one number a row.
 */
export interface Target {
  readonly name: string;
  /**
   * Writes the target parameters θ′ into `out`. `side` −1 moves against the gradient (the default); +1 is the
   * mirror image that a central difference needs: a target without it has the difference 0. Where `lambda` is given,
   * each row's step size goes there; it comes filled with 1, which stands where a target has no step size.
   */
  parameters(
    theta: FloatArray,
    gradient: FloatArray,
    out: FloatArray,
    lambda?: Float64Array,
    side?: -1 | 1,
  ): void;
  /** Called once after each backward pass with the mean number of non-zero entries of a sample's difference. */
  adapt?(nonZerosPerSample: number): void;
}

/**
 * A differentiable function of θ with a discrete inside.
 *
 * `theta` holds rows × inputShape numbers. The value holds rows × outputShape; with S samples outputShape starts
 * with S, so that row r, sample s begins at (r·S + s)·m.
 */
export interface Layer<Context = unknown> {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** S, where outputShape starts with an axis of samples; absent where it does not. */
  readonly samples?: number;
  /**
   * `rng` is needed by layers that draw noise; `context` is the structure's, and must stay as it is until `backward`.
   * Padding that a context leaves out should be −Infinity in θ as well: `straightThrough`, `identity`,
   * `perturbedOptimizer` and `adaptive` know an excluded entry by that alone.
   */
  forward<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): Evaluation<SameKind<A>>;
}

/** What a layer computed, and how to pull a gradient back through it. */
export interface Evaluation<A extends FloatArray = FloatArray> {
  /** rows × outputShape, of θ's kind. The caller may keep it; it must not be changed before `backward`. */
  readonly value: A;
  /**
   * dL/dvalue → dL/dθ, of θ's kind and shape. With S samples, sample s's cotangent is the gradient of that sample's
   * own loss, and the result is the mean of the S estimates (I-MLE Eq. 7).
   */
  backward(cotangent: FloatArray): A;
  /** Numbers that answer "why does nothing move?"; complete after `backward`. */
  readonly diagnostics: Diagnostics;
}

export interface Diagnostics {
  /** Instances solved or sampled so far, forward and backward. */
  solverCalls: number;
  /** Share of rows, in [0, 1], whose gradient is zero in every entry; NaN before `backward`. */
  zeroGradientShare: number;
  /** Mean over rows and samples of ‖z − z′‖₁ between states and target states; NaN where there are none. */
  meanHammingDistance: number;
  /** Mean over rows of the step size λ; NaN where the estimator has none. */
  lambda: number;
  /** The structure's `report()`, if it makes one. */
  solver: Readonly<Record<string, number>>;
}
