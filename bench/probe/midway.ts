import type { FloatArray, Layer, LossAndGradient, Structure } from "../../src/index.ts";
import * as hardgrad from "../../src/index.ts";

/** A training that has come half the way, and can go on from there with one layer or another. */
export interface Midway {
  readonly structure: Structure;
  /** Rows of the layer's θ, as the network makes them now. */
  readonly theta: FloatArray;
  /** Each row's own loss: nothing is averaged. */
  readonly loss: (z: FloatArray) => LossAndGradient;
  /** Trains to the end with this layer, always from the same state, and measures. */
  goOn(layer: Layer): Promise<number>;
  dispose(): void;
}

/** What a probed experiment is. */
export interface Probed {
  readonly name: string;
  readonly metric: string;
  readonly better: "higher" | "lower";
  readonly about: string;
  /** What the experiment trains with by itself: code, as the probe writes it. */
  readonly own: Readonly<Record<string, string>>;
  /** Trains to the middle. */
  midway(seed: number): Promise<Midway>;
}

/** The layer that a recommendation's code makes. */
export function layerOf(code: string, structure: Structure): Layer {
  const [names, values] = [Object.keys(hardgrad), Object.values(hardgrad)];
  return new Function("structure", ...names, `"use strict"; return ${code};`)(structure, ...values) as Layer;
}
