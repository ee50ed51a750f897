/** A network on jax-js that sees colours and learns costs from shown shortest paths; one for each method. */
import { type Device, jit, nn, numpy as np, tree } from "@jax-js/jax";
import { pathOptimality, type Rng, rng } from "hardgrad";
import { withPullback } from "hardgrad/jax";
import { startDevice } from "../shared/device.ts";
import { type Gradient, type Method, methods } from "./methods.ts";
import {
  BATCH,
  EVERY,
  HIDDEN,
  MOMENTUM,
  type PathsState,
  type Prediction,
  type Progress,
  STEPS,
  TESTS,
} from "./state.ts";
import { CELLS, grid, length, type Maps, painted, randomMaps } from "./terrain.ts";

type Params = { w: np.Array; b: np.Array; v: np.Array; c: np.Array };

/** colours → θ = −cost, cell by cell. */
function network(p: Params, x: np.Array): np.Array {
  const hidden = nn.relu(np.dot(x.sub(0.5).mul(4), p.w).add(p.b));
  const raw = np.dot(hidden, p.v).add(p.c).reshape([-1, CELLS]);
  // softplus as max(x, 0) + log(1 + e^−|x|): a cost is positive.
  const tail = np.log1p(np.exp(np.abs(raw.ref).neg()));
  return nn.relu(raw).add(tail).neg();
}

function firstParams(random: Rng): Params {
  const normal = (shape: number[], deviation: number): np.Array =>
    np.array(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => deviation * random.normal()),
      { shape },
    );
  return {
    w: normal([3, HIDDEN], 0.8),
    b: normal([HIDDEN], 0.3),
    v: normal([HIDDEN, 1], 0.3),
    c: np.ones([1]),
  };
}

const encode = withPullback(network, [0]);
const forward = jit(network);
const update = jit((p: Params, velocity: Params, gradient: Params, rate: np.Array) => {
  const next = tree.map((v: np.Array, g: np.Array) => v.mul(MOMENTUM).add(g), velocity, gradient) as Params;
  const params = tree.map((x: np.Array, v: np.Array) => x.sub(v.mul(rate.ref)), p, tree.ref(next)) as Params;
  rate.dispose();
  return { params, velocity: next };
});

const colours = ({ colours }: Pick<Maps, "colours">): np.Array =>
  np.array(colours, { shape: [colours.length / 3 / CELLS, CELLS, 3] });

class Learner {
  readonly method: Method;
  readonly #rate: number;
  readonly #gradient: Gradient;
  #params: Params;
  #velocity: Params;

  constructor(method: Method, state: PathsState) {
    this.method = method;
    this.#rate = state.rate;
    this.#gradient = method.gradient(state);
    this.#params = firstParams(rng(state.seed).split(1));
    this.#velocity = tree.map((p: np.Array) => np.zeros(p.shape), tree.ref(this.#params)) as Params;
  }

  /** One step on some of the shown maps. */
  async step(batch: Maps, random: Rng, rate: number): Promise<void> {
    const { value, pullback } = encode(tree.ref(this.#params), colours(batch));
    const theta = (await value.data()) as Float32Array;
    const gradient = this.#gradient(theta, batch.paths, random).map((g) => g / BATCH);
    const cotangent = np.array(gradient as Float32Array<ArrayBuffer>, { shape: [BATCH, CELLS] });
    const [slope] = pullback(cotangent);
    pullback.dispose();
    const made = update(this.#params, this.#velocity, slope, np.array(this.#rate * rate));
    this.#params = made.params;
    this.#velocity = made.velocity;
  }

  async theta(maps: Maps): Promise<Float32Array> {
    return (await forward(tree.ref(this.#params), colours(maps)).data()) as Float32Array;
  }

  async accuracy(tests: Maps): Promise<number> {
    const theta = await this.theta(tests);
    const paths = theta.map(() => 0);
    grid.map(theta, paths);
    return pathOptimality(paths, tests.paths, tests.costs, CELLS);
  }

  async predict(map: Maps): Promise<Prediction> {
    const theta = await this.theta(map);
    const path = theta.map(() => 0);
    grid.map(theta, path);
    const costs = theta.map((t) => -t);
    return { kind: "prediction", method: this.method.name, costs, path, length: length(path, map.costs) };
  }

  dispose(): void {
    tree.dispose([this.#params, this.#velocity]);
  }
}

/** The maps of a step, one after the other from the shown ones. */
function batchOf({ colours, costs, paths }: Maps, step: number): Maps {
  const count = costs.length / CELLS;
  const rows = Array.from({ length: BATCH }, (_, i) => (step * BATCH + i) % count);
  const part = (values: Float32Array, size: number): Float32Array<ArrayBuffer> =>
    Float32Array.from(rows.flatMap((row) => [...values.subarray(row * size, (row + 1) * size)]));
  return { colours: part(colours, 3 * CELLS), costs: part(costs, CELLS), paths: part(paths, CELLS) };
}

/** Trainings go on while the visitor paints; whatever else is changed begins anew. */
export function paths(): (state: PathsState) => AsyncGenerator<Progress | Prediction> {
  let key = "";
  let learners: Learner[] = [];
  let training: AsyncGenerator<{ learner: Learner; accuracy: number }> | undefined;
  let device = "";
  let accuracies: Readonly<Record<string, readonly number[]>> = {};

  return async function* (state) {
    const { map, ...rest } = state;
    if (JSON.stringify(rest) !== key) {
      key = JSON.stringify(rest);
      for (const learner of learners) learner.dispose();
      learners = [];
      accuracies = {};
      device = await startDevice(state.device as Device).catch((error: unknown) => {
        key = "";
        throw error;
      });
      if (JSON.stringify(rest) !== key) return;
      learners = methods
        .filter(({ name }) => state.methods.includes(name))
        .map((method) => new Learner(method, state));
      training = train(learners, state);
    }
    const own = painted(map, state.seed);
    const progress = (): Progress => ({ kind: "progress", device, accuracies });
    yield progress();
    for (const learner of learners) yield await learner.predict(own);
    const going = training!;
    for (let next = await going.next(); !next.done; next = await going.next()) {
      const { learner, accuracy } = next.value;
      const { name } = learner.method;
      accuracies = { ...accuracies, [name]: [...(accuracies[name] ?? []), accuracy] };
      yield progress();
      yield await learner.predict(own);
    }
  };
}

async function* train(
  learners: readonly Learner[],
  state: PathsState,
): AsyncGenerator<{ learner: Learner; accuracy: number }> {
  const random = rng(state.seed);
  const shown = randomMaps(state.shown, random.split(2));
  const tests = randomMaps(TESTS, random.split(3));
  for (let step = 0; step <= STEPS; step++) {
    for (const learner of learners) {
      if (step % EVERY === 0) yield { learner, accuracy: await learner.accuracy(tests) };
      if (step < STEPS)
        await learner.step(batchOf(shown, step), random.split(4).split(step), 1 - step / STEPS);
    }
  }
}
