import type { Evaluation, FloatArray, Layer, Rng, SameKind, Structure } from "../contracts.ts";
import { describe } from "../core/check.ts";

/** argmin of ⟨z, cost⟩ over a structure's states. */
export interface Minimizer<Context = unknown> {
  readonly name: string;
  /** Writes a state of least cost for each row of `costs` into `out`; a cost of +Infinity excludes an element. */
  map(costs: FloatArray, out: FloatArray, context?: Context): void;
}

/**
 * Turns what maximises ⟨z, θ⟩ into what minimises ⟨z, cost⟩, with θ = −cost: the only place with a minus sign.
 *
 * Around a structure it solves; around a layer it also negates the gradient, so that `backward` returns dL/dcost, and a
 * relaxed layer's `evaluate` takes costs too.
 * Estimators move θ against the gradient of a maximiser, so to learn costs wrap the layer, not the structure:
 * `minimizing(imle(gridPath(12, 12)))`.
 *
 * @param inner a structure or a layer.
 * @example
 * import { kSubset, minimizing } from "hardgrad";
 * const z = new Float64Array(3);
 * minimizing(kSubset(3, 1)).map(Float64Array.of(5, 2, 7), z);
 * z; // Float64Array [0, 1, 0]
 */
export function minimizing<L extends Layer<never>>(inner: L): L;
export function minimizing<Context>(inner: Structure<Context>): Minimizer<Context>;
export function minimizing<Context>(
  inner: (Layer<Context> & Partial<Evaluating<Context>>) | Structure<Context>,
): Layer<Context> | Minimizer<Context> {
  checkInner(inner);
  const name = `minimizing ${inner.name}`;
  if ("map" in inner) {
    return { name, map: (costs, out, context) => inner.map(negated(costs), out, context) };
  }
  return {
    name,
    // One by one: a layer may be an instance of a class.
    inputShape: inner.inputShape,
    outputShape: inner.outputShape,
    ...(inner.samples !== undefined && { samples: inner.samples }),
    ...(inner.evaluate && {
      evaluate: <A extends FloatArray>(costs: A, rng?: Rng, context?: Context) =>
        inner.evaluate!(negated(costs), rng, context),
    }),
    forward<A extends FloatArray>(costs: A, rng?: Rng, context?: Context) {
      const evaluation: Evaluation<SameKind<A>> = inner.forward(negated(costs), rng, context);
      return {
        value: evaluation.value,
        diagnostics: evaluation.diagnostics,
        // All arguments: the score function's `backward` takes a baseline besides.
        backward: (...cotangent) => negated(evaluation.backward(...cotangent)),
      };
    },
  };
}

/** An array has a `map` of its own, and so has a structure already turned to costs. */
function checkInner(inner: unknown): void {
  const { map, forward, shape, inputShape } = Object(inner) as Readonly<Record<string, unknown>>;
  if (typeof map === "function" && Array.isArray(shape)) return;
  if (typeof forward === "function" && Array.isArray(inputShape)) return;
  throw new TypeError(`minimizing: inner expected a structure or a layer, got ${describe(inner)}`);
}

/** What relaxed layers have besides: hard states of the same θ. */
interface Evaluating<Context> {
  evaluate<A extends FloatArray>(theta: A, rng?: Rng, context?: Context): SameKind<A>;
}

/** −x, with 0 for 0: a gradient of −0 would print oddly. */
function negated<A extends FloatArray>(values: A): A {
  return values.map((x) => 0 - x) as A;
}
