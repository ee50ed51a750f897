import type { Evaluation, FloatArray, Layer, Rng, SameKind, Structure } from "../contracts.ts";
import { checkFinite, checkOneOf, checkOptions, checkTheta } from "../core/check.ts";
import { floatsLike } from "../core/floats-like.ts";
import { structureSize } from "../core/structure-argument.ts";
import { startDiagnostics, zeroRowShare } from "./diagnostics.ts";

export interface IdentityOptions {
  /**
   * What MAP does not react to and the gradient must not move: "mean" removes the mean of each row (right where every
   * state has as many ones), "scale" the component along θ, "standardise" both. "none" by default.
   */
  readonly projection?: "none" | "mean" | "scale" | "standardise";
}

/**
 * Backpropagation through MAP as if it were the identity, with projection onto what it can react to:
 * z = MAP(θ), dL/dθ = P dL/dz, where P is the Jacobian of θ ↦ θ − mean(θ), θ / ‖θ‖, or (θ − mean) / ‖θ − mean‖.
 *
 * Entries that θ excludes have no gradient and count for no mean or norm. Those that only a context leaves out do count:
 * make padding −Infinity in θ, too.
 *
 * @param structure the states, shape m.
 * @param options `projection`.
 * @returns a layer without noise; one solver call a row.
 * @throws TypeError for an unknown option, RangeError for an unknown projection.
 * @example
 * import { identity, kSubset } from "hardgrad";
 * const z = identity(kSubset(2, 1), { projection: "mean" }).forward(Float64Array.of(0, 1));
 * z.backward(Float64Array.of(1, 0)); // Float64Array [0.5, -0.5]
 * @see Sahoo et al.: Backpropagation through combinatorial algorithms: identity with projection works (2023), Sec. 3.
 */
export function identity<Context = unknown>(
  structure: Structure<Context>,
  options: IdentityOptions = {},
): Layer<Context> {
  const who = "identity";
  checkOptions(who, options, ["projection"]);
  const { projection = "none" } = options;
  checkOneOf(who, "projection", projection, ["none", "mean", "scale", "standardise"]);
  const size = structureSize(who, structure);
  const centred = projection === "mean" || projection === "standardise";
  const scaled = projection === "scale" || projection === "standardise";

  function forward<A extends FloatArray>(theta: A, _rng?: Rng, context?: Context): Evaluation<SameKind<A>> {
    const rows = checkTheta(who, theta, size);
    const parameters = theta.slice();
    const value = floatsLike(theta, theta.length);
    structure.map(theta, value, context);
    const diagnostics = startDiagnostics(structure, rows);
    return {
      value,
      diagnostics,
      backward(cotangent) {
        checkFinite(who, "cotangent", cotangent, value.length);
        const gradient = floatsLike(theta, cotangent.length);
        gradient.set(cotangent);
        for (let row = 0; row < rows; row++) {
          const start = row * size;
          dropExcluded(parameters, gradient, start, size);
          if (scaled) removeScale(parameters, gradient, start, size, centred);
          if (centred) removeMean(parameters, gradient, start, size);
        }
        diagnostics.zeroGradientShare = zeroRowShare(gradient, rows, size);
        return gradient;
      },
    };
  }

  return { name: who, inputShape: structure.shape, outputShape: structure.shape, forward };
}

/** MAP does not react to an excluded element at all. */
function dropExcluded(theta: FloatArray, gradient: FloatArray, start: number, size: number): void {
  for (let i = start; i < start + size; i++) if (theta[i] === -Infinity) gradient[i] = 0;
}

/** Mean over the entries that θ does not exclude. */
function mean(values: FloatArray, theta: FloatArray, start: number, size: number): number {
  let sum = 0;
  let count = 0;
  for (let i = start; i < start + size; i++) {
    if (theta[i] === -Infinity) continue;
    sum += values[i]!;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

function removeMean(theta: FloatArray, gradient: FloatArray, start: number, size: number): void {
  const centre = mean(gradient, theta, start, size);
  for (let i = start; i < start + size; i++) if (theta[i] !== -Infinity) gradient[i] = gradient[i]! - centre;
}

/** g ← (g − u ⟨u, g⟩) / ‖θ‖ with u = θ / ‖θ‖; θ less its mean where `centred`. A row of zeros stays as it is. */
function removeScale(
  theta: FloatArray,
  gradient: FloatArray,
  start: number,
  size: number,
  centred: boolean,
): void {
  const centre = centred ? mean(theta, theta, start, size) : 0;
  let largest = 0;
  for (let i = start; i < start + size; i++) {
    if (theta[i] !== -Infinity) largest = Math.max(largest, Math.abs(theta[i]! - centre));
  }
  if (!(largest > 0 && largest < Infinity)) return;
  // Relative to the largest entry, squares neither overflow nor vanish.
  let square = 0;
  let along = 0;
  for (let i = start; i < start + size; i++) {
    if (theta[i] === -Infinity) continue;
    const x = (theta[i]! - centre) / largest;
    square += x * x;
    along += x * gradient[i]!;
  }
  for (let i = start; i < start + size; i++) {
    if (theta[i] === -Infinity) continue;
    const across = gradient[i]! - (((theta[i]! - centre) / largest) * along) / square;
    gradient[i] = across / Math.sqrt(square) / largest;
  }
}
