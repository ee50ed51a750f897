/**
 * How a prediction is judged in training. Each is an entry in the list; `-pool` after its name solves a share of the rows.
 * Learning rates and dials are the best of coarse grids on paths of degrees 1 and 6 (1,000 rows, other seeds), where
 * PyEPO's published ones are not taken: 0.01 and ε = 1 for SPO+ and Fenchel–Young, and for the black box 0.1 and λ = 20
 * on a mean over batches of 32, which is λ = 0.625 on a row's own regret.
 */
import {
  adaptive,
  blackBox,
  contrastiveMap,
  type FloatArray,
  fenchelYoung,
  gaussian,
  identity,
  imle,
  type Layer,
  listwiseRanking,
  nce,
  perturbation,
  perturbedOptimizer,
  type Rng,
  type SolutionPool,
  type Structure,
  spoPlus,
} from "../../src/index.ts";
import type { Rows } from "./data.ts";
import type { Problem } from "./problems.ts";

/** dL/dθ for rows of predictions. */
export type Judge = (theta: Float64Array, rows: Rows, rng: Rng) => FloatArray;

export interface Method {
  readonly name: string;
  readonly label: string;
  /** Learning rate of Adam, in the problem's unit. */
  readonly rate: number;
  /** What judges a batch: nothing for least squares; `pool` holds the training set's best decisions at first. */
  readonly judge?: (
    problem: Problem,
    structure: Structure<undefined>,
    pool: SolutionPool<undefined>,
  ) => Judge;
  /** How many times SPO+'s time it takes, for the ETA. */
  readonly weight: number;
}

export const methods: readonly Method[] = [
  { name: "two-stage", label: "two-stage", rate: 0, weight: 0 },
  {
    name: "spo-plus",
    label: "SPO+",
    rate: 0.01,
    weight: 1,
    judge:
      (_, structure) =>
      (theta, { worth, best }) =>
        spoPlus(structure, theta, best, negated(worth)).gradient,
  },
  {
    name: "fenchel-young",
    label: "Fenchel–Young",
    rate: 0.01,
    weight: 1,
    judge: ({ unit }, structure) => {
      const loss = fenchelYoung(structure, { noise: gaussian(), temperature: unit });
      return (theta, { best }, rng) => loss(theta, best, rng).gradient;
    },
  },
  throughLayer("perturbed", "perturbed", 0.03, (structure, { unit }) =>
    perturbedOptimizer(structure, { temperature: unit, samples: 10, controlVariate: "leave-one-out" }),
  ),
  throughLayer("black-box", "black box", 0.1, (structure) => blackBox(structure, { lambda: 0.625 })),
  throughLayer("identity", "identity", 0.03, (structure, { evenly }) =>
    identity(structure, { projection: evenly ? "standardise" : "scale" }),
  ),
  throughLayer("imle", "I-MLE", 0.03, (structure, { unit }) =>
    imle(structure, { target: perturbation({ lambda: 3 }), temperature: unit }),
  ),
  throughLayer("imle-adaptive", "I-MLE, adaptive", 0.03, (structure, { unit }) =>
    imle(structure, { target: adaptive({ beta: 3, step: 1e-3 }), temperature: unit }),
  ),
  fromPool("nce", "NCE", 0.01, (theta, { best }, solutions, { size }) => nce(theta, best, solutions, size)),
  // Of θ less what it should be, as the authors have it where scores alone would do with any scale.
  fromPool("contrastive", "contrastive", 0.01, (theta, { best, worth }, solutions, { size }) =>
    contrastiveMap(
      theta.map((x, i) => x - worth[i]!),
      best,
      solutions,
      size,
    ),
  ),
  fromPool("listwise", "listwise", 0.003, (theta, { worth }, solutions, { size, unit }) =>
    listwiseRanking(theta, negated(worth), solutions, size, { temperature: unit }),
  ),
];

/** The regret's gradient in the decision is minus what its elements are worth. */
function throughLayer(
  name: string,
  label: string,
  rate: number,
  make: (structure: Structure<undefined>, problem: Problem) => Layer<undefined>,
): Method {
  return {
    name,
    label,
    rate,
    weight: name === "perturbed" ? 5 : 1,
    judge(problem, structure) {
      const layer = make(structure, problem);
      return (theta, { worth }, rng) => layer.forward(theta, rng).backward(negated(worth));
    },
  };
}

function fromPool(
  name: string,
  label: string,
  rate: number,
  loss: (
    theta: Float64Array,
    rows: Rows,
    solutions: Float64Array,
    problem: Problem,
  ) => { readonly gradient: FloatArray },
): Method {
  return {
    name,
    label,
    rate,
    weight: 4,
    judge: (problem, _, pool) => (theta, rows) => {
      pool.map(theta, new Float64Array(theta.length));
      return loss(theta, rows, pool.solutions(), problem).gradient;
    },
  };
}

export interface Chosen {
  readonly method: Method;
  /** Whether its solver calls go through a pool. */
  readonly throughPool: boolean;
}

const POOL = "-pool";

/** The method of this name, with `-pool` or without; nothing where there is none. */
export function chosen(name: string): Chosen | undefined {
  const throughPool = name.endsWith(POOL);
  const method = methods.find((of) => of.name === (throughPool ? name.slice(0, -POOL.length) : name));
  return method && (method.judge || !throughPool) ? { method, throughPool } : undefined;
}

export function labelOf(name: string): string {
  const { method, throughPool } = chosen(name)!;
  return throughPool ? `${method.label}, pool` : method.label;
}

function negated(values: Float64Array): Float64Array {
  return values.map((x) => -x);
}
