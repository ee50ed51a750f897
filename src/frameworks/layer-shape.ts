import type { Layer } from "../contracts.ts";

/**
 * The shape of a layer's value for a θ of this shape: the rows' dimensions stay, the layer's own are replaced.
 * Undefined where `shape` does not end in the layer's input shape; null is a dimension that is not known yet.
 */
export function valueShape<Dimension extends number | null>(
  layer: Layer<never>,
  shape: readonly Dimension[],
): (Dimension | number)[] | undefined {
  const rows = shape.length - layer.inputShape.length;
  if (rows < 0 || layer.inputShape.some((n, i) => shape[rows + i] !== n)) return undefined;
  return [...shape.slice(0, rows), ...layer.outputShape];
}
