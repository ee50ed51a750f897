/** What a structure over points looks like at a temperature. */
import {
  binaryEntropy,
  euclidean,
  exponentialFamily,
  type Relaxation,
  rng,
  sinkhorn,
  sparseMap,
} from "hardgrad";
import { costs, type Drawable, drawables, SCALE } from "./structures.ts";

export interface SoftState {
  readonly structure: string;
  readonly temperature: number;
  readonly seed: number;
  readonly points: readonly number[];
}

export interface Softened {
  readonly name: string;
  readonly label: string;
  /** One weight in [0, 1] an element. */
  readonly x: Float64Array;
  /** Mean cost ⟨cost, x⟩, and how many elements have a weight. */
  readonly cost: number;
  readonly used: number;
}

export interface Soft {
  readonly drawable: Drawable;
  readonly best: Float64Array;
  /** In nats; 0 at temperature 0. */
  readonly entropy: number;
  readonly relaxations: readonly Softened[];
}

/** Which relaxations a structure has, beside the two that all have. */
export const relaxations: Readonly<
  Record<string, { label: string; of?: readonly string[]; make(drawable: Drawable): Relaxation }>
> = {
  exponentialFamily: {
    label: "marginals of the exponential family",
    make: ({ structure }) => exponentialFamily(structure),
  },
  sparseMap: { label: "SparseMAP", make: ({ structure }) => sparseMap(structure) },
  sinkhorn: {
    label: "Sinkhorn",
    of: ["matching"],
    make: ({ structure }) => sinkhorn(structure as never) as Relaxation,
  },
  euclidean: {
    label: "Euclidean projection",
    of: ["k-subset"],
    make: ({ structure }) => euclidean(structure as never) as Relaxation,
  },
  binaryEntropy: {
    label: "binary entropy",
    of: ["k-subset"],
    make: ({ structure }) => binaryEntropy(structure as never) as Relaxation,
  },
};

export function relaxationsOf(structure: string): string[] {
  return Object.entries(relaxations)
    .filter(([, { of }]) => of === undefined || of.includes(structure))
    .map(([name]) => name);
}

/** θ of a state, −cost / 20, and all zero at an infinite temperature, where the temperature that divides it is 1. */
export function scores(drawable: Drawable, { points, temperature }: SoftState): Float64Array {
  return costs(drawable, points).map((cost) => (temperature === Infinity ? 0 : -cost / SCALE));
}

/** By all relaxations of the structure, or by some. */
export function soften(state: SoftState, by: readonly string[] = relaxationsOf(state.structure)): Soft {
  const drawable = drawables[state.structure]!();
  const { structure } = drawable;
  const cost = costs(drawable, state.points);
  const best = new Float64Array(cost.length);
  structure.map(
    cost.map((x) => -x),
    best,
  );
  const theta = scores(drawable, state);
  const t = state.temperature === Infinity ? 1 : state.temperature;
  const entropy = new Float64Array(1);
  if (t > 0)
    structure.entropy(
      theta.map((s) => s / t),
      entropy,
    );
  return {
    drawable,
    best,
    entropy: entropy[0]!,
    relaxations: by.map((name) => {
      const x = best.slice();
      if (t > 0) relaxations[name]!.make(drawable).relax(theta, t, x);
      return {
        name,
        label: relaxations[name]!.label,
        x,
        cost: x.reduce((sum, w, i) => sum + w * cost[i]!, 0),
        used: x.filter((w) => w > 1e-3).length,
      };
    }),
  };
}

/** The faithful sample of this number. */
export function sampleState(state: SoftState, number: number): Float64Array {
  const drawable = drawables[state.structure]!();
  const { structure } = drawable;
  const z = new Float64Array(drawable.elements.length);
  if (state.temperature === 0) return soften(state).best;
  const t = state.temperature === Infinity ? 1 : state.temperature;
  structure.sample(
    scores(drawable, state).map((s) => s / t),
    rng(state.seed).split(number),
    z,
  );
  return z;
}
