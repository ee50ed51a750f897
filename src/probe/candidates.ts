/** Every estimator that a structure can have, with its dial and the code that makes it. */
import type { ExponentialFamily, FloatArray, Layer, Relaxation, Rng } from "../contracts.ts";
import { isFamily } from "../core/composed.ts";
import { blackBox } from "../estimators/black-box.ts";
import { gumbelSoftmax } from "../estimators/gumbel-softmax.ts";
import { identity } from "../estimators/identity.ts";
import { imle } from "../estimators/imle.ts";
import { learnToExplain } from "../estimators/learn-to-explain.ts";
import { perturbedOptimizer } from "../estimators/perturbed-optimizer.ts";
import { relaxedSubset } from "../estimators/relaxed-subset.ts";
import { scoreFunction } from "../estimators/score-function.ts";
import { simple } from "../estimators/simple.ts";
import { stochasticSoftmax } from "../estimators/stochastic-softmax.ts";
import { straightThrough } from "../estimators/straight-through.ts";
import { gumbel } from "../noise/gumbel.ts";
import { binaryEntropy } from "../relaxations/binary-entropy.ts";
import { categoricalEntropy } from "../relaxations/categorical-entropy.ts";
import { euclidean } from "../relaxations/euclidean.ts";
import { exponentialFamily } from "../relaxations/exponential-family.ts";
import { sinkhorn } from "../relaxations/sinkhorn.ts";
import { sparseMap } from "../relaxations/sparse-map.ts";
import { adaptive } from "../targets/adaptive.ts";
import { perturbation } from "../targets/perturbation.ts";
import { type Clock, type Problem, within } from "./problem.ts";

/** What is turned, and where looking for its best value begins: all values are positive, and are swept by factors. */
export interface Dial {
  readonly symbol: "λ" | "β" | "t" | "ε";
  readonly start: number;
  /** How many powers of ten beyond the coarse sweep a best value at its end is followed. */
  readonly reach: number;
  /** What the estimator takes by default, where that is not the start. */
  readonly usual?: number;
}

/** Draws one gradient dE L/dθ of the whole batch. */
export type Gradient = (rng: Rng) => FloatArray;

export interface Candidate {
  readonly name: string;
  readonly label: string;
  /** What the loss sees in training. */
  readonly states: "hard" | "soft";
  readonly dial?: Dial;
  /** @throws TypeError or RangeError where the structure does not have it. */
  make(value: number): Gradient;
  /** The call that makes the layer. */
  code(value: number): string;
}

/** Samples of the estimators that need several; in brackets in their labels. */
const LEAVE_ONE_OUT = 4;
const PERTURBED = 10;

/**
 * In the order of preference among equals. `scale` is the λ that moves θ by as much as it varies; calls that begin after
 * the clock has run out end the gradient by `OutOfTime`.
 */
export function candidatesFor<C>(problem: Problem<C>, scale: number, clock: Clock): Candidate[] {
  const { theta, context } = problem;
  const timed = within(problem, clock);
  const { loss } = timed;
  // Those with exact inference are ours: their solvers are quick, and known by what they are.
  const structure = isFamily(problem.structure) ? problem.structure : timed.structure;
  const family = structure as ExponentialFamily<C>;
  const through =
    (layer: Layer<C>): Gradient =>
    (rng) => {
      const z = layer.forward(theta, rng, context);
      return z.backward(loss(z.value).gradient);
    };
  const lambda: Dial = { symbol: "λ", start: scale, reach: 4, usual: 1 };
  const temperature: Dial = { symbol: "t", start: 1, reach: 1 };
  const list: Candidate[] = [];
  const add = (
    name: string,
    label: string,
    states: Candidate["states"],
    dial: Dial | undefined,
    make: (value: number) => Layer<C>,
    code: (value: string) => string,
  ): void => {
    list.push({
      name,
      label,
      states,
      ...(dial && { dial }),
      make: (value) => through(make(value)),
      code: (value) => code(formatDial(value)),
    });
  };
  const relaxed = (relaxation: string, label: string, relax: Relaxing, hard = false): void => {
    add(
      `stochasticSoftmax, ${relaxation}${hard ? ", hard" : ""}`,
      label,
      hard ? "hard" : "soft",
      temperature,
      (t) => stochasticSoftmax(relax(structure as never) as Relaxation<C>, { temperature: t, hard }),
      (t) =>
        `stochasticSoftmax(${relaxation}(structure), { temperature: ${t}${hard ? ", hard: true" : ""} })`,
    );
  };

  if (isFamily(structure)) {
    add(
      "simple",
      "SIMPLE",
      "hard",
      undefined,
      () => simple(family),
      () => "simple(structure)",
    );
    if (structure.name === "categorical") {
      add(
        "gumbelSoftmax",
        "Gumbel-softmax",
        "soft",
        temperature,
        (t) => gumbelSoftmax(family, { temperature: t }),
        (t) => `gumbelSoftmax(structure, { temperature: ${t} })`,
      );
    } else relaxed("exponentialFamily", "exponential family", exponentialFamily);
    relaxed("exponentialFamily", "exp. family, hard", exponentialFamily, true);
    add(
      "simple, perturb-and-map",
      "SIMPLE-B",
      "hard",
      undefined,
      () => simple(family, { forward: "perturb-and-map" }),
      () => 'simple(structure, { forward: "perturb-and-map" })',
    );
    add(
      "simple, exact-samples",
      "SIMPLE-F",
      "hard",
      undefined,
      () => simple(family, { backward: "exact-samples" }),
      () => 'simple(structure, { backward: "exact-samples" })',
    );
  }
  list.push(scored({ ...problem, structure, loss }));
  for (const [suffix, label, options, code] of IMLE) {
    add(
      `imle${suffix}`,
      `I-MLE${label}`,
      "hard",
      lambda,
      (value) => imle(structure, { ...options, target: perturbation({ lambda: value }) }),
      (value) => `imle(structure, {${code} target: perturbation({ lambda: ${value} }) })`,
    );
  }
  list.push({
    name: "imle, adaptive",
    label: "I-MLE, adaptive λ",
    states: "hard",
    dial: { symbol: "β", start: 1, reach: 2 },
    // A new one for every gradient: its β moves.
    make: (beta) => (rng) => through(imle(structure, { target: adaptive({ beta }) }))(rng),
    code: (beta) => `imle(structure, { target: adaptive({ beta: ${formatDial(beta)} }) })`,
  });
  add(
    "identity",
    "identity",
    "hard",
    undefined,
    () => identity(structure, { projection: "standardise" }),
    () => 'identity(structure, { projection: "standardise" })',
  );
  add(
    "straightThrough",
    "straight-through",
    "hard",
    undefined,
    () => straightThrough(structure),
    () => "straightThrough(structure)",
  );
  add(
    "blackBox",
    "black box",
    "hard",
    lambda,
    (value) => blackBox(structure, { lambda: value }),
    (value) => `blackBox(structure, { lambda: ${value} })`,
  );
  add(
    "perturbedOptimizer",
    `perturbed (${PERTURBED})`,
    "soft",
    { symbol: "ε", start: 1, reach: 1 },
    (value) => perturbedOptimizer(structure, { temperature: value, controlVariate: "leave-one-out" }),
    (value) => `perturbedOptimizer(structure, { temperature: ${value}, controlVariate: "leave-one-out" })`,
  );
  // Of many solver calls.
  relaxed("sparseMap", "SparseMAP", () => sparseMap(timed.structure));
  for (const [name, label, relax] of SPECIAL) relaxed(name, label, relax);
  for (const [name, label, make] of SUBSETS) {
    add(
      name,
      label,
      "soft",
      temperature,
      (t) => make(structure as never, { temperature: t }) as Layer<C>,
      (t) => `${name}(structure, { temperature: ${t} })`,
    );
  }
  return list.filter(isMade);
}

const IMLE = [
  ["", "", {}, ""],
  [", central", ", central", { difference: "central" }, ' difference: "central",'],
  [", gumbel", ", Gumbel", { noise: gumbel() }, " noise: gumbel(),"],
] as const;

type Relaxing = (structure: never) => Relaxation<never>;

/** Relaxations of particular structures; their makers refuse others. */
const SPECIAL = [
  ["euclidean", "Euclidean", euclidean],
  ["binaryEntropy", "binary entropy", binaryEntropy],
  ["categoricalEntropy", "cat. entropy", categoricalEntropy],
  ["sinkhorn", "Sinkhorn", sinkhorn],
] as const;

const SUBSETS = [
  ["relaxedSubset", "SoftSub", relaxedSubset],
  ["learnToExplain", "L2X", learnToExplain],
] as const;

/** Whether the structure has it: makers say by an error. */
function isMade({ make, dial }: Candidate): boolean {
  try {
    make(dial?.start ?? 0);
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
}

function scored<C>({ structure, theta, rows, size, context, loss }: Problem<C>): Candidate {
  const options = { samples: LEAVE_ONE_OUT, baseline: "leave-one-out" } as const;
  const exact = isFamily(structure);
  return {
    name: "scoreFunction",
    label: `score function (${LEAVE_ONE_OUT})`,
    states: "hard",
    make() {
      const layer = exact
        ? scoreFunction(structure as ExponentialFamily<C>, options)
        : scoreFunction(structure, { ...options, noise: gumbel() });
      return (rng) => {
        const z = layer.forward(theta, rng, context);
        const one = new Float64Array(rows * size);
        const losses = new Float64Array(rows * LEAVE_ONE_OUT);
        for (let s = 0; s < LEAVE_ONE_OUT; s++) {
          for (let row = 0; row < rows; row++) {
            const from = (row * LEAVE_ONE_OUT + s) * size;
            one.set(z.value.subarray(from, from + size), row * size);
          }
          const { value } = loss(one);
          for (let row = 0; row < rows; row++) losses[row * LEAVE_ONE_OUT + s] = value[row]!;
        }
        return z.backward(losses);
      };
    },
    code: () =>
      `scoreFunction(structure, {${exact ? "" : " noise: gumbel(),"} samples: ${LEAVE_ONE_OUT}, baseline: "leave-one-out" })`,
  };
}

/** A dial's value as code and tables have it: three digits. */
export function formatDial(value: number): string {
  return String(Number(value.toPrecision(3)));
}
