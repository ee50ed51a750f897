/**
 * Number of entries of an array of this shape: the product, 1 for a scalar.
 * @throws TypeError where there is no shape: what was given is no structure.
 */
export function sizeOf(shape: readonly number[] | undefined): number {
  if (!Array.isArray(shape)) {
    throw new TypeError(
      "expected a structure with a shape; costs go around the layer: minimizing(imle(structure)), not imle(minimizing(structure))",
    );
  }
  return shape.reduce((product, n) => product * n, 1);
}
