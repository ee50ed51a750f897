/** Max pooling of channels-last images: images × rows × cols × channels. */
import { numpy as np } from "@jax-js/jax";

export interface MaxPoolOptions {
  readonly window: number;
  /** The window by default. */
  readonly stride?: number;
  /** −∞ on each side, 0 by default. */
  readonly padding?: number;
}

/**
 * The largest of each window; of equal ones the first takes the gradient.
 * @throws RangeError for a window larger than the padded image.
 */
export function maxPool2d(x: np.Array, { window, stride = window, padding = 0 }: MaxPoolOptions): np.Array {
  const [images, rows, cols, channels] = x.shape as [number, number, number, number];
  const [paddedRows, paddedCols] = [rows + 2 * padding, cols + 2 * padding];
  if (window > paddedRows || window > paddedCols) {
    throw new RangeError(
      `maxPool2d: a window of at most ${paddedRows} × ${paddedCols} expected, got ${window} × ${window}`,
    );
  }
  const outRows = Math.floor((paddedRows - window) / stride) + 1;
  const outCols = Math.floor((paddedCols - window) / stride) + 1;
  // Blocks of stride × stride pixels, so that each entry of the windows is a plain slice.
  const blocks = Math.ceil(window / stride) - 1;
  const [blockRows, blockCols] = [outRows + blocks, outCols + blocks];
  const split = frame(x, padding, blockRows * stride, blockCols * stride).reshape([
    images,
    blockRows,
    stride,
    blockCols,
    stride,
    channels,
  ]);
  let largest: np.Array | undefined;
  for (let i = 0; i < window; i++) {
    for (let j = 0; j < window; j++) {
      const [top, left] = [Math.floor(i / stride), Math.floor(j / stride)];
      const entry = split.ref.slice(
        [],
        [top, top + outRows],
        i % stride,
        [left, left + outCols],
        j % stride,
        [],
      );
      largest = largest ? np.maximum(largest, entry) : entry;
    }
  }
  split.dispose();
  return largest!;
}

/** Max pooling to `size` × `size`, where the images' sides are multiples of it. */
export function adaptiveMaxPool2d(x: np.Array, size: number): np.Array {
  const [, rows, cols] = x.shape as [number, number, number, number];
  if (rows !== cols || rows % size !== 0) {
    throw new RangeError(
      `adaptiveMaxPool2d: a multiple of ${size} × ${size} expected, got ${rows} × ${cols}`,
    );
  }
  return maxPool2d(x, { window: rows / size });
}

/** Padding of −∞ around and up to a size, as an added constant: the engine pads with zeros alone. */
function frame(x: np.Array, padding: number, rows: number, cols: number): np.Array {
  const [, h, w] = x.shape as [number, number, number, number];
  const cropped = x.slice([], [0, Math.min(h, rows - padding)], [0, Math.min(w, cols - padding)], []);
  const [, r, c] = cropped.shape as [number, number, number, number];
  const width = { 1: [padding, rows - padding - r], 2: [padding, cols - padding - c] } as Record<
    number,
    [number, number]
  >;
  if (padding === 0 && rows === r && cols === c) return cropped;
  const inside = np.pad(np.ones([1, r, c, 1]), width);
  return np.where(inside.greater(0), np.pad(cropped, width), -Infinity);
}
