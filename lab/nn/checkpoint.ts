/** Parameter trees as the tensors of a checkpoint, and back. */
import { numpy as np, tree } from "@jax-js/jax";
import type { Tree } from "../../src/frameworks/jax.ts";
import { type Dtype, type Tensor, type Tensors, tensor } from "../run/safetensors.ts";

/** Copies the leaves of a tree, named by their paths: `{ a: { b } }` under "x" gives "x/a/b". The tree is kept. */
export async function toTensors(arrays: Tree, name: string): Promise<Tensors> {
  const tensors: Record<string, Tensor> = {};
  for (const [path, array] of named(arrays, name)) {
    const { shape } = array;
    tensors[path] = tensor((await array.ref.data()) as Float32Array, shape);
  }
  return tensors;
}

/**
 * Makes a tree from tensors.
 * @param like gives structure, shapes and kinds; it is kept.
 * @throws Error that names the tensor where one is missing, or of another shape or kind.
 */
export function fromTensors<T extends Tree>(tensors: Tensors, name: string, like: T): T {
  const fitting = named(like, name).map(([path, { dtype, shape }]) => {
    const found = tensors[path];
    if (found === undefined) throw new Error(`checkpoint: tensor "${path}" is missing`);
    const [expected, got] = [`${dtype}[${shape}]`, `${DTYPES[found.dtype] ?? found.dtype}[${found.shape}]`];
    if (expected !== got) throw new Error(`checkpoint: tensor "${path}" expected ${expected}, got ${got}`);
    return { dtype, shape, data: found.data as Float32Array<ArrayBuffer> };
  });
  // Only now, when nothing can be left behind any more. jax-js makes no empty array of data.
  const leaves = fitting.map(({ dtype, shape, data }) =>
    data.length === 0 ? np.zeros(shape, { dtype }) : np.array(data.slice(), { shape }),
  );
  return tree.unflatten(tree.structure(like as Tree), leaves) as T;
}

/** Kinds of the engine under their names in a checkpoint. */
const DTYPES: Readonly<Partial<Record<Dtype, np.DType>>> = {
  F64: np.float64,
  F32: np.float32,
  I32: np.int32,
  U32: np.uint32,
};

/** Leaves with their paths, in the order of `tree.leaves`. */
function named(arrays: Tree, path: string): [string, np.Array][] {
  if (arrays instanceof np.Array) return [[path, arrays]];
  return Object.entries(arrays).flatMap(([key, value]) => named(value as Tree, `${path}/${key}`));
}
