/**
 * Convolutions on channels-last arrays, as matrix products.
 *
 * im2col copies each pixel once for each entry of the window, and on the wasm device that copy takes longer than the
 * product. Here the same product is taken window entry by window entry: with pixels as rows of a matrix, an entry's
 * offset in the image is a constant offset of rows, so each product reads a plain slice. The rows computed across an
 * edge are dropped. Measured for 3×3 windows, 64 channels: 4 times faster than im2col with its gradients, and about
 * 20 times faster than `lax.conv`.
 */
import { numpy as np } from "@jax-js/jax";
import type { Rng } from "../../src/contracts.ts";
import { type Initialiser, uniformByInputs, zeros } from "./initialisers.ts";

/** weight: height × width × inputs × outputs. */
export type Convolution = { weight: np.Array; bias?: np.Array };

export interface ConvolutionOptions {
  /** 1 by default. */
  readonly stride?: number;
  /** Zeros on each side, 0 by default. */
  readonly padding?: number;
}

export function initConvolution2d(
  rng: Rng,
  [height, width]: readonly [number, number],
  inputs: number,
  outputs: number,
  { weight = uniformByInputs as Initialiser, bias = true } = {},
): Convolution {
  const fan = height * width;
  return {
    weight: weight(rng, [height, width, inputs, outputs], fan * inputs, fan * outputs),
    ...(bias && {
      bias: (weight === uniformByInputs ? uniformByInputs : zeros)(rng, [outputs], fan * inputs, outputs),
    }),
  };
}

/** x: images × rows × cols × inputs → images × rows′ × cols′ × outputs. */
export function convolution2d(
  { weight, bias }: Convolution,
  x: np.Array,
  { stride = 1, padding = 0 }: ConvolutionOptions = {},
): np.Array {
  const padded = padding === 0 ? x : np.pad(x, { 1: [padding, padding], 2: [padding, padding] });
  const y = correlate(padded, weight, [stride, stride]);
  return bias ? y.add(bias) : y;
}

/** x: series × steps × inputs → series × steps′ × outputs; the weight's height is 1. */
export function convolution1d(
  { weight, bias }: Convolution,
  x: np.Array,
  { stride = 1, padding = 0 }: ConvolutionOptions = {},
): np.Array {
  const padded = padding === 0 ? x : np.pad(x, { 1: [padding, padding] });
  const [series, steps, inputs] = padded.shape as [number, number, number];
  const y = correlate(padded.reshape([series, 1, steps, inputs]), weight, [1, stride]);
  const [, , after, outputs] = y.shape as Shape4;
  const flat = y.reshape([series, after, outputs]);
  return bias ? flat.add(bias) : flat;
}

type Shape4 = [number, number, number, number];

/**
 * Without padding. A stride moves blocks of pixels into channels, and leaves a correlation of stride 1.
 * @throws RangeError for a window larger than the image.
 */
function correlate(x: np.Array, weight: np.Array, [down, across]: [number, number]): np.Array {
  const [images, rows, cols, inputs] = x.shape as Shape4;
  const [height, width, , outputs] = weight.shape as Shape4;
  if (height > rows || width > cols) {
    throw new RangeError(
      `convolution: a window of at most ${rows} × ${cols} expected, got ${height} × ${width}`,
    );
  }
  if (down === 1 && across === 1) return correlateDensely(x, weight);
  const [blockRows, blockCols] = [Math.ceil(height / down), Math.ceil(width / across)];
  const outRows = Math.floor((rows - height) / down) + blockRows;
  const outCols = Math.floor((cols - width) / across) + blockCols;
  const channels = resize(resize(x, 1, outRows * down), 2, outCols * across)
    .reshape([images, outRows, down, outCols, across, inputs])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([images, outRows, outCols, down * across * inputs]);
  const blocks = resize(resize(weight, 0, blockRows * down), 1, blockCols * across)
    .reshape([blockRows, down, blockCols, across, inputs, outputs])
    .transpose([0, 2, 1, 3, 4, 5])
    .reshape([blockRows, blockCols, down * across * inputs, outputs]);
  return correlateDensely(channels, blocks);
}

/** Fewer channels make too small products: the pixels of a window's row are then put side by side first. */
const FEW = 24;

/** Without padding, stride 1. */
function correlateDensely(x: np.Array, weight: np.Array): np.Array {
  const [images, rows, cols, inputs] = x.shape as Shape4;
  const [height, width, , outputs] = weight.shape as Shape4;
  if (inputs < FEW && width > 1) {
    const across = cols - width + 1;
    const shifted = Array.from({ length: width }, (_, j) => x.ref.slice([], [], [j, j + across], []));
    x.dispose();
    return correlateDensely(np.concatenate(shifted, 3), weight.reshape([height, 1, width * inputs, outputs]));
  }
  const pixels = images * rows * cols;
  const furthest = (height - 1) * cols + width - 1;
  // Doubling makes the engine store the padded matrix instead of padding anew in each product; halving is exact.
  const matrix = np.pad(x.reshape([pixels, inputs]), { 0: [0, furthest] }).mul(2);
  const halved = weight.mul(0.5);
  let sum: np.Array | undefined;
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const offset = i * cols + j;
      const product = np.dot(matrix.ref.slice([offset, offset + pixels], []), halved.ref.slice(i, j));
      sum = sum ? sum.add(product) : product;
    }
  }
  matrix.dispose();
  halved.dispose();
  return sum!
    .reshape([images, rows, cols, outputs])
    .slice([], [0, rows - height + 1], [0, cols - width + 1], []);
}

/** Crops an axis, or lengthens it with zeros. */
function resize(x: np.Array, axis: number, size: number): np.Array {
  const now = x.shape[axis]!;
  if (now === size) return x;
  if (now < size) return np.pad(x, { [axis]: [0, size - now] });
  return x.slice(...x.shape.map((n, i): [number, number] => [0, i === axis ? size : n]));
}
