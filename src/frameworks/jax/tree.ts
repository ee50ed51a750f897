import { type JsTree, numpy as np, tree } from "@jax-js/jax";

/** Arrays in nested objects and lists. */
export type Tree = JsTree<np.Array>;

/** Σ ⟨y, c⟩ over the leaves of two trees: its gradient with respect to what made y is a vector–Jacobian product. */
export function innerProduct(y: Tree, c: Tree): np.Array {
  const products = tree.map((a: np.Array, b: np.Array) => np.sum(a.mul(b)), y, c);
  return (tree.leaves(products) as np.Array[]).reduce((a, b) => a.add(b));
}
