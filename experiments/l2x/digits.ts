/** Threes and eights in patches: MNIST's, or drawn. */
import { join } from "node:path";
import { readIdx } from "../../lab/data/idx.ts";
import { unexpected } from "../../lab/data/unexpected.ts";
import type { Rng } from "../../src/index.ts";
import { drawDigits, SIDE } from "../dvae/drawn-digits.ts";
import type { L2xConfig } from "./config.ts";
import type { Data, Examples } from "./examples.ts";

/** Pixels a side of a patch, and patches a side of a picture. */
export const PATCH = 4;
export const ACROSS: number = SIDE / PATCH;
const [PATCHES, PIXELS] = [ACROSS * ACROSS, SIDE * SIDE];
/** Target 0 and target 1. */
const CLASSES = [3, 8] as const;

interface Pictures {
  /** Pictures × pixels, 0 to 255. */
  readonly pixels: Uint8Array;
  readonly targets: Float32Array;
}

export function makeDigits({ trainExamples, heldOutExamples }: L2xConfig, rng: Rng): Data {
  const [train, heldOut] = [trainExamples, heldOutExamples].map((count, i): Pictures => {
    const drawn = CLASSES.map((digit, c) => drawDigits(Math.ceil(count / 2), rng.split(i).split(c), [digit]));
    const pixels = new Uint8Array(count * PIXELS);
    for (let j = 0; j < count; j++) {
      const from = Math.floor(j / 2) * PIXELS;
      pixels.set(drawn[j % 2]!.subarray(from, from + PIXELS), j * PIXELS);
    }
    return { pixels, targets: Float32Array.from({ length: count }, (_, j) => j % 2) };
  }) as [Pictures, Pictures];
  return assemble(train, heldOut, `threes and eights drawn by the experiment`);
}

/** MNIST's training pictures, and its test pictures held out. @throws DataError for files that are no MNIST. */
export function readDigits(folder: string, { trainExamples, heldOutExamples }: L2xConfig): Data {
  const read = (name: string, most: number): Pictures => {
    const [file, labelFile] = [`${name}-images-idx3-ubyte.gz`, `${name}-labels-idx1-ubyte.gz`].map((f) =>
      join(folder, f),
    ) as [string, string];
    const [images, labels] = [readIdx(file), readIdx(labelFile)];
    if (!(images.data instanceof Uint8Array) || images.shape.slice(1).join() !== `${SIDE},${SIDE}`) {
      throw unexpected(file, `images of ${SIDE}×${SIDE} bytes`, `shape ${images.shape.join("×")}`);
    }
    const { data } = images;
    if (labels.shape.length !== 1 || labels.shape[0] !== images.shape[0]) {
      throw unexpected(labelFile, `${images.shape[0]} labels`, `shape ${labels.shape.join("×")}`);
    }
    const own = Array.from(labels.data as ArrayLike<number>, (label, i) => ({
      target: CLASSES.indexOf(label as 3),
      i,
    }))
      .filter(({ target }) => target >= 0)
      .slice(0, most);
    if (own.length < 2) throw unexpected(labelFile, "threes and eights", `${own.length} of them`);
    const pixels = new Uint8Array(own.length * PIXELS);
    for (const [to, { i }] of own.entries()) {
      pixels.set(data.subarray(i * PIXELS, (i + 1) * PIXELS), to * PIXELS);
    }
    return { pixels, targets: Float32Array.from(own, ({ target }) => target) };
  };
  return assemble(read("train", trainExamples), read("t10k", heldOutExamples), "MNIST's threes and eights");
}

function assemble(train: Pictures, heldOut: Pictures, what: string): Data {
  const counts = [train, heldOut].map(({ targets }) => targets.length) as [number, number];
  const vectors = new Float32Array((counts[0] + counts[1]) * PIXELS);
  for (const [from, pixels] of [
    [0, train.pixels],
    [train.pixels.length, heldOut.pixels],
  ] as const) {
    for (let p = 0; p < pixels.length; p++) {
      const [picture, y, x] = [Math.floor(p / PIXELS), Math.floor((p % PIXELS) / SIDE), p % SIDE];
      const patch = Math.floor(y / PATCH) * ACROSS + Math.floor(x / PATCH);
      const at = picture * PIXELS + patch * PATCH ** 2 + (y % PATCH) * PATCH + (x % PATCH);
      vectors[from + at] = pixels[p]! / 255;
    }
  }
  const examples = (count: number, first: number, targets: Float32Array): Examples => ({
    count,
    targets,
    starts: Int32Array.from({ length: count + 1 }, (_, i) => i * PATCHES),
    items: Int32Array.from({ length: count * PATCHES }, (_, i) => first * PATCHES + i),
  });
  const held = examples(counts[1], counts[0], heldOut.targets);
  return {
    ...{ vectors, features: PATCH ** 2, words: undefined, longest: PATCHES },
    ...{ train: examples(counts[0], 0, train.targets), heldOut: held, annotated: held },
    description: `${what}: ${counts[0]} training and ${counts[1]} held-out pictures in ${PATCHES} patches`,
  };
}
