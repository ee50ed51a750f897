import { expect, test } from "vitest";
import {
  blackBox,
  exponentialFamily,
  type FloatArray,
  fenchelYoung,
  gumbel,
  identity,
  imle,
  type KSubset,
  kSubset,
  type Layer,
  type Noise,
  perturbation,
  perturbedOptimizer,
  product,
  repeat,
  rng,
  type Structure,
  simple,
  solutionPool,
  solver,
  sparseMap,
  spoPlus,
  stochasticSoftmax,
  straightThrough,
  structuredSvm,
  type Target,
} from "../src/index.ts";

/** What the user wrote: it calls `during` whenever the library calls it. */
interface Own {
  readonly structure: Structure;
  readonly family: KSubset;
  readonly noise: Noise;
  readonly target: Target;
}

function own(during: () => void): Own {
  const target = perturbation({ lambda: 2 });
  const family = kSubset(4, 1);
  return {
    family: {
      ...family,
      marginals(...args) {
        family.marginals(...args);
        during();
      },
      marginalsJvp(...args) {
        during();
        family.marginalsJvp(...args);
      },
      sample(...args) {
        during();
        family.sample(...args);
      },
    },
    structure: solver({
      shape: [4],
      cardinality: 1,
      solve(theta, z) {
        during();
        let best = 0;
        for (let i = 1; i < 4; i++) if (theta[i]! > theta[best]!) best = i;
        z.fill(0);
        z[best] = 1;
      },
    }),
    noise: {
      name: "uniform",
      mean: 0,
      variance: 1 / 3,
      fill(out, r) {
        for (let i = 0; i < out.length; i++) {
          if (i === 1) during();
          out[i] = 2 * r.uniform() - 1;
        }
      },
      score: (z) => z,
    },
    target: {
      name: "own",
      parameters(theta, gradient, out, lambda, side) {
        target.parameters(theta, gradient, out, lambda, side);
        during();
      },
    },
  };
}

/** Everything of a layer or a loss for `rows` rows, as one list of numbers. */
type Call = (rows: number) => number[];

function ofLayer(layer: Layer): Call {
  const m = layer.inputShape.reduce((a, b) => a * b, 1);
  return (rows) => {
    const z = layer.forward(numbers(rows * m, rows), rng(rows));
    return [...z.value, ...z.backward(numbers(z.value.length, rows + 1))];
  };
}

function numbers(length: number, phase: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => Math.sin(7 * i + phase) + Math.cos(3 * i));
}

const oneHot = (rows: number, m = 4): FloatArray =>
  Float64Array.from({ length: rows * m }, (_, i) => +(i % 4 === 2));

const calls: Readonly<Record<string, (own: Own) => Call>> = {
  imle: (o) => ofLayer(imle(o.structure, { noise: o.noise, target: o.target, samples: 2 })),
  "imle, central": (o) =>
    ofLayer(imle(o.structure, { noise: o.noise, target: o.target, difference: "central" })),
  "imle, a noise of the library": (o) => ofLayer(imle(o.structure, { noise: gumbel() })),
  blackBox: (o) => ofLayer(blackBox(o.structure, { lambda: 3 })),
  identity: (o) => ofLayer(identity(o.structure)),
  straightThrough: (o) => ofLayer(straightThrough(o.structure, { noise: o.noise })),
  perturbedOptimizer: (o) =>
    ofLayer(perturbedOptimizer(o.structure, { noise: o.noise, samples: 3, controlVariate: "leave-one-out" })),
  sparseMap: (o) => ofLayer(stochasticSoftmax(sparseMap(o.structure), { noise: o.noise })),
  "imle of a product": (o) =>
    ofLayer(imle(product([o.structure, kSubset(3, 1), repeat(o.structure, 2)]), { noise: o.noise })),
  "imle of a solution pool": (o) =>
    ofLayer(imle(solutionPool(o.structure, { share: 1, rng: rng(5) }), { noise: o.noise })),
  "simple, perturb-and-map": (o) =>
    ofLayer(simple(kSubset(4, 2), { forward: "perturb-and-map", noise: o.noise })),
  simple: (o) => ofLayer(simple(o.family, { samples: 2 })),
  "simple of a repetition": (o) => ofLayer(simple(repeat(o.family, 2))),
  "simple of a product": (o) => ofLayer(simple(product([o.family, kSubset(3, 1), o.family]))),
  "a relaxation": (o) => ofLayer(stochasticSoftmax(exponentialFamily(o.family), { noise: o.noise })),
  fenchelYoung: (o) => {
    const loss = fenchelYoung(o.structure, { noise: o.noise, samples: 2 });
    return (rows) => {
      const { value, gradient } = loss(numbers(4 * rows, rows), oneHot(rows), rng(rows));
      return [...value, ...gradient];
    };
  },
  spoPlus: (o) => (rows) => {
    const { value, gradient } = spoPlus(
      o.structure,
      numbers(4 * rows, rows),
      numbers(4 * rows, 9),
      oneHot(rows),
    );
    return [...value, ...gradient];
  },
  structuredSvm: (o) => {
    const loss = structuredSvm(o.structure);
    return (rows) => {
      const { value, gradient } = loss(numbers(4 * rows, rows), oneHot(rows));
      return [...value, ...gradient];
    };
  },
};

test.each(Object.entries(calls))(
  "%s may be called from within its own solver, noise and target",
  (_, make) => {
    const alone = make(own(() => {}));
    let within = 0;
    const reentered = make(
      own(() => {
        if (within > 0) return;
        within++;
        // As many rows as outside, and others.
        for (const rows of [2, 3]) expect(reentered(rows)).toEqual(alone(rows));
        within--;
      }),
    );
    for (const rows of [2, 2, 1]) expect(reentered(rows)).toEqual(alone(rows));
  },
);
