/** MNIST's images, or digits that are drawn. Grey values stay grey values: nothing is binarised. */
import { join } from "node:path";
import { readIdx } from "../../lab/data/idx.ts";
import { unexpected } from "../../lab/data/unexpected.ts";
import type { Rng } from "../../src/index.ts";
import type { DvaeConfig } from "./config.ts";
import { drawDigits, SIDE } from "./drawn-digits.ts";

export const PIXELS: number = SIDE * SIDE;

export interface Digits {
  /** Images × PIXELS, 0 to 255. */
  readonly train: Uint8Array;
  readonly test: Uint8Array;
  readonly description: string;
}

/** Images of the whole data set. */
const MNIST = { train: 60_000, test: 10_000 };

/** @throws DataError if the folder's files are missing, damaged or of another shape. */
export function loadDigits(folder: string | undefined, config: DvaeConfig, rng: Rng): Digits {
  const { trainImages, testImages } = config;
  if (folder === undefined) {
    return {
      train: drawDigits(trainImages, rng.split(0)),
      test: drawDigits(testImages, rng.split(1)),
      description: `drawn by the experiment: ${count(trainImages)} training and ${count(testImages)} test images`,
    };
  }
  const train = readImages(join(folder, "train-images-idx3-ubyte.gz"), trainImages, config.batch);
  const test = readImages(join(folder, "t10k-images-idx3-ubyte.gz"), testImages, config.batch);
  return {
    train,
    test,
    description: `MNIST, ${share(train, MNIST.train)} training and ${share(test, MNIST.test)} test images`,
  };
}

/** The first `most` images of an IDX file. */
function readImages(file: string, most: number, least: number): Uint8Array {
  const { shape, data } = readIdx(file);
  if (!(data instanceof Uint8Array) || shape.length !== 3 || shape[1] !== SIDE || shape[2] !== SIDE) {
    throw unexpected(file, `images of ${SIDE}×${SIDE} bytes`, `shape ${shape.join("×")}`);
  }
  if (shape[0]! < least) throw unexpected(file, `at least a batch of ${least} images`, `${shape[0]}`);
  return data.subarray(0, most * PIXELS);
}

/** The images `indices[from … from + size)` as numbers in [0, 1]. */
export function batchOf(
  images: Uint8Array,
  indices: Int32Array,
  from: number,
  size: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(size * PIXELS);
  for (let i = 0; i < size; i++) {
    const start = indices[from + i]! * PIXELS;
    for (let p = 0; p < PIXELS; p++) out[i * PIXELS + p] = images[start + p]! / 255;
  }
  return out;
}

function share(images: Uint8Array, whole: number): string {
  const found = images.length / PIXELS;
  return found === whole ? `all ${count(whole)}` : `${count(found)} of ${count(whole)}`;
}

/** 20k, 1.5k, 250. */
function count(images: number): string {
  return images >= 1000 ? `${images / 1000}k` : String(images);
}
