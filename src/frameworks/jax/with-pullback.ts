import { grad, jit, type numpy as np, type OwnedFunction, tree } from "@jax-js/jax";
import { innerProduct, type Tree } from "./tree.ts";

/** A value and its pullback. */
export interface WithPullback<Y, Gradients> {
  readonly value: Y;
  /** dL/dvalue → gradients. It holds the arguments until `dispose()`, and may be called more than once. */
  readonly pullback: OwnedFunction<(cotangent: Y) => Gradients>;
}

/** The gradients of the arguments listed in `argnums`. */
export type GradientsOf<A extends readonly unknown[], N extends readonly number[]> = {
  [I in keyof N]: N[I] extends keyof A ? A[N[I]] : never;
};

/**
 * A traceable function as one that returns its value with its pullback: with `discrete`, what networks of any shape
 * are built from.
 *
 * Value and pullback are two jitted programs of arrays only, so that neither retraces: the pullback recomputes the
 * function, which costs one more forward pass than `vjp`. Nothing is read, so it runs on any device.
 *
 * @param argnums which arguments to differentiate; the others may hold integers.
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { withPullback } from "hardgrad/jax";
 * const scaled = withPullback((p: np.Array, x: np.Array) => p.mul(x), [0]);
 * const { value, pullback } = scaled(np.array([1, 2]), np.array([3, 4]));
 * value.js(); // [3, 8]
 * const [gradient] = pullback(np.array([1, 10]));
 * gradient.js(); // [3, 40]
 * pullback.dispose();
 */
export function withPullback<A extends Tree[], Y extends Tree, const N extends readonly number[]>(
  f: (...args: A) => Y,
  argnums: N,
): OwnedFunction<(...args: A) => WithPullback<Y, GradientsOf<A, N>>> {
  const traced = f as unknown as (...args: Tree[]) => Tree;
  const forward = jit(traced);
  const paired = (cotangent: Tree, ...args: Tree[]): np.Array => innerProduct(traced(...args), cotangent);
  const pull = jit(grad(paired, { argnums: argnums.map((n) => n + 1) }) as (...args: Tree[]) => Tree);
  const evaluate = (...args: A): WithPullback<Y, GradientsOf<A, N>> => {
    const value = forward(...(tree.ref(args as Tree) as A)) as Y;
    const pullback = (cotangent: Y) =>
      pull(cotangent, ...(tree.ref(args as Tree) as A)) as unknown as GradientsOf<A, N>;
    return { value, pullback: Object.assign(pullback, { dispose: () => tree.dispose(args as Tree) }) };
  };
  return Object.assign(evaluate, {
    dispose() {
      forward.dispose();
      pull.dispose();
    },
  });
}
