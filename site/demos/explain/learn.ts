/**
 * Learning to explain: one network says how much each part matters, a layer chooses k of them, and another network must
 * tell the class from these alone.
 */
import { jit, nn, numpy as np, tree } from "@jax-js/jax";
import {
  exponentialFamily,
  imle,
  kSubset,
  type Layer,
  perturbation,
  type Rng,
  rng,
  simple,
  stochasticSoftmax,
  sumOfGamma,
} from "hardgrad";
import { sandwich, type Tree, type Update } from "hardgrad/jax";
import { startDevice } from "../shared/device.ts";
import { digits, PATCHES, PIXELS, SIDE } from "./digits.ts";
import { encodeWords, FEATURES, LENGTH, sentences, wordsOf } from "./sentences.ts";
import {
  BATCH,
  EVERY,
  type ExplainState,
  type Explanation,
  kOf,
  LAMBDA,
  MOMENTUM,
  type Progress,
  STEPS,
  TESTS,
  TRAIN,
} from "./state.ts";

export interface Instances {
  readonly x: Float32Array<ArrayBuffer>;
  /** 0 or 1. */
  readonly labels: Float32Array<ArrayBuffer>;
}

type Weights = np.Array[];
type Batch = { x: np.Array; labels: np.Array };

/** What differs between drawings and sentences. */
interface Task {
  readonly parts: number;
  /** Shape of one instance, and of the weights of both networks. */
  readonly shape: readonly number[];
  readonly encoder: readonly (readonly number[])[];
  readonly decoder: readonly (readonly number[])[];
  instances(count: number, random: Rng): Instances;
  /** θ, rows × parts. */
  scores(p: Weights, x: np.Array): np.Array;
  /** Log-odds of class 1 from the chosen parts. */
  logit(p: Weights, x: np.Array, z: np.Array): np.Array;
  own(state: ExplainState): Float32Array<ArrayBuffer>;
}

const multilayer = ([a, b, c, d]: Weights, x: np.Array): np.Array =>
  np.dot(nn.relu(np.dot(x, a!).add(b!)), c!).add(d!);

const HIDDEN = 32;
const SIZE = SIDE / PATCHES;
const WORD = FEATURES - 1;

const tasks: Readonly<Record<string, Task>> = {
  digits: {
    parts: PATCHES ** 2,
    shape: [PATCHES, SIZE, PATCHES, SIZE],
    encoder: [[PIXELS, HIDDEN], [HIDDEN], [HIDDEN, PATCHES ** 2], [PATCHES ** 2]],
    decoder: [[PIXELS, HIDDEN], [HIDDEN], [HIDDEN, 1], [1]],
    instances: digits,
    scores: (p, x) => multilayer(p, x.reshape([-1, PIXELS])),
    logit: (p, x, z) =>
      multilayer(p, x.mul(z.reshape([-1, PATCHES, 1, PATCHES, 1])).reshape([-1, PIXELS])).reshape([-1]),
    own: ({ drawing }) => Float32Array.from(drawing, (ink) => ink / 9),
  },
  sentences: {
    parts: LENGTH,
    shape: [LENGTH, FEATURES],
    encoder: [[FEATURES, 1]],
    decoder: [[FEATURES, 1]],
    instances: sentences,
    // Where there is no word there is nothing to see.
    scores([w], x) {
      const there = x.ref.slice([], [], WORD);
      return np.dot(x, w!).reshape([-1, LENGTH]).add(there.sub(1).mul(30));
    },
    logit: ([w], x, z) => np.sum(np.dot(x.mul(z.reshape([-1, LENGTH, 1])), w!).reshape([-1, LENGTH]), 1),
    own: ({ sentence }) => encodeWords(wordsOf(sentence)) as Float32Array<ArrayBuffer>,
  },
};

function layerOf(state: ExplainState, parts: number): Layer {
  const [k, temperature] = [kOf(state), state.tau];
  const structure = kSubset(parts, k);
  if (state.estimator === "simple") return simple(structure, { temperature });
  if (state.estimator === "sst") return stochasticSoftmax(exponentialFamily(structure), { temperature });
  return imle(structure, { noise: sumOfGamma({ k }), temperature, target: perturbation({ lambda: LAMBDA }) });
}

/** Trainings go on while the visitor draws and types; whatever else is changed begins anew. */
export function explain(): (state: ExplainState) => AsyncGenerator<Progress | Explanation> {
  let key = "";
  let accuracies: readonly number[] = [];
  let learner: ReturnType<typeof learnerOf> | undefined;

  return async function* (state) {
    const { drawing, sentence, ...others } = state;
    await startDevice("wasm");
    if (JSON.stringify(others) !== key) {
      key = JSON.stringify(others);
      learner?.dispose();
      learner = learnerOf(state);
      accuracies = [];
    }
    const { training, explanation } = learner!;
    yield { kind: "progress", accuracies };
    yield explanation(state);
    for (let next = training.next(); !next.done; next = training.next()) {
      accuracies = [...accuracies, next.value];
      yield { kind: "progress", accuracies };
      yield explanation(state);
    }
  };
}

function learnerOf(state: ExplainState) {
  const task = tasks[state.task]!;
  const structure = kSubset(task.parts, kOf(state));
  const random = rng(state.seed);
  const weights = (shapes: Task["encoder"], draws: Rng): Weights =>
    shapes.map((shape) => {
      const length = shape.reduce((a, b) => a * b);
      const scale = shape.length === 1 ? 0 : 1 / Math.sqrt(shape[0]!);
      return np.array(
        Float32Array.from({ length }, () => scale * draws.normal()),
        { shape: [...shape] },
      );
    });
  const zeros = (params: Weights): Weights => params.map((p) => np.zeros(p.shape));
  const update = ((gradients: Weights, velocity: Weights, params: Weights) => {
    const next = gradients.map((g, i) => velocity[i]!.mul(MOMENTUM).add(g.div(BATCH)));
    return { params: params.map((p, i) => p.sub(next[i]!.ref.mul(state.rate))), state: next };
  }) as unknown as Update;

  // A sum over the batch: a mean would make λ smaller.
  const model = sandwich({
    encoder(p: Weights, { x, labels }: Batch) {
      labels.dispose();
      return task.scores(p, x);
    },
    layer: layerOf(state, task.parts),
    decoder(p: Weights, { x, labels }: Batch, z: np.Array) {
      const logit = task.logit(p, x, z).mul(labels.mul(2).sub(1));
      // log(1 + e^−a) of the log-odds a of the right class.
      return np.sum(nn.relu(logit.ref.neg()).add(np.log1p(np.exp(np.abs(logit).neg()))));
    },
    update,
  });
  const scores = jit(task.scores);
  const logits = jit(task.logit);

  let params = {
    encoder: weights(task.encoder, random.split(1)),
    decoder: weights(task.decoder, random.split(2)),
  };
  let velocities: { encoder: Tree; decoder: Tree } = {
    encoder: zeros(params.encoder),
    decoder: zeros(params.decoder),
  };
  const train = task.instances(TRAIN, random.split(3));
  const tests = task.instances(TESTS, random.split(4));
  const size = task.shape.reduce((a, b) => a * b);
  const onDevice = (x: Float32Array<ArrayBuffer>): np.Array =>
    np.array(x, { shape: [x.length / size, ...task.shape] });

  /** Log-odds from the k parts that matter most. */
  function read(x: Float32Array<ArrayBuffer>): { z: Float32Array; odds: Float32Array } {
    const theta = scores(tree.ref(params.encoder), onDevice(x)).dataSync() as Float32Array;
    const z = new Float32Array(theta.length);
    structure.map(theta, z);
    const chosen = np.array(z, { shape: [x.length / size, task.parts] });
    return { z, odds: logits(tree.ref(params.decoder), onDevice(x), chosen).dataSync() as Float32Array };
  }
  function batchOf(step: number): Batch {
    const rows = Array.from({ length: BATCH }, (_, i) => (step * BATCH + i) % TRAIN);
    const x = Float32Array.from(rows.flatMap((row) => [...train.x.subarray(row * size, (row + 1) * size)]));
    return { x: onDevice(x), labels: np.array(Float32Array.from(rows, (row) => train.labels[row]!)) };
  }
  function* training(): Generator<number> {
    for (let step = 0; step <= STEPS; step++) {
      if (step % EVERY === 0) {
        const { odds } = read(tests.x);
        yield odds.filter((o, i) => o > 0 === (tests.labels[i] === 1)).length / TESTS;
      }
      if (step === STEPS) return;
      const made = model.step(params, velocities, batchOf(step), { rng: random.split(5).split(step) });
      params = made.params as typeof params;
      velocities = made.states;
    }
  }

  return {
    training: training(),
    explanation(now: ExplainState): Explanation {
      const { z, odds } = read(task.own(now));
      const parts = [...z.keys()].filter((i) => z[i] === 1);
      return { kind: "explanation", probability: 1 / (1 + Math.exp(-odds[0]!)), parts };
    },
    dispose() {
      model.dispose();
      tree.dispose([params, velocities] as unknown as Tree);
    },
  };
}
