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

/**
 * S, where the value of one θ is S samples of θ's shape; else 1.
 *
 * An engine's dL/dz holds each sample's share of the loss, while `backward` takes the gradient of each sample's own
 * loss and returns the mean. Multiplying by S between the two makes the chain rule hold.
 */
export function sampleCount(layer: Layer<never>): number {
  const { inputShape, outputShape } = layer;
  const samples =
    outputShape.length === inputShape.length + 1 && inputShape.every((n, i) => outputShape[i + 1] === n);
  return samples ? outputShape[0]! : 1;
}
