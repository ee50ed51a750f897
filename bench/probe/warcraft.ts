/** Shortest paths on terrain maps of 12 × 12, as the experiment's quick preset trains them, under the Hamming loss. */
import { tree } from "@jax-js/jax";
import { presets } from "../../experiments/warcraft/config.ts";
import { loadData } from "../../experiments/warcraft/data.ts";
import { predict, score } from "../../experiments/warcraft/evaluate.ts";
import { batcher } from "../../experiments/warcraft/maps.ts";
import { type Method, methodOf, withLoss } from "../../experiments/warcraft/methods.ts";
import { type ModelState, warcraftModel } from "../../experiments/warcraft/model.ts";
import { stepsOf } from "../../experiments/warcraft/train.ts";
import { keyedRng } from "../../lab/run/keyed-rng.ts";
import { shuffled } from "../../lab/run/shuffled.ts";
import { gridPath, hamming, minimizing } from "../../src/index.ts";
import type { Midway, Probed } from "./midway.ts";

const config = presets.quick;
const MIDDLE = 2;
const END = 4;

export const warcraft: Probed = {
  name: "warcraft",
  metric: "accuracy on test maps, %",
  better: "higher",
  about: `K = 12, ${config.trainMaps} maps; ${MIDDLE} epochs with \`imle-map\`, then ${END - MIDDLE} more; a batch of ${config.batch} maps, Hamming loss`,
  own: {
    "I-MLE to the loss's optimum": "imle(structure, { noise: noNoise(), target: lossOptimum() })",
    "black box, published λ": `blackBox(structure, { lambda: ${config.lambda / config.batch} })`,
  },
  midway,
};

async function midway(seed: number): Promise<Midway> {
  const rng = (...key: (string | number)[]) => keyedRng(seed, ["probe", "warcraft", ...key]);
  const { side, batch } = config;
  const structure = gridPath(side, side);
  const data = await loadData(undefined, config, rng("maps"));
  const steps = stepsOf(data, config);
  const model = warcraftModel(config, "costs", steps);
  const makeBatch = batcher(data.train, batch);

  async function epochs(
    state: ModelState,
    from: number,
    to: number,
    loss: Method["loss"],
  ): Promise<ModelState> {
    for (let at = from * steps; at < to * steps; at++) {
      const order = shuffled(data.train.count, rng("order", Math.floor(at / steps)));
      const { pixels, ...truth } = makeBatch(order, (at % steps) * batch);
      ({ state } = await model.step(state, pixels, loss(truth), rng("step", at)));
    }
    return state;
  }

  const own = (name: Parameters<typeof methodOf>[0]) => methodOf(name, config, structure).loss;
  const state = await epochs(model.init(rng("weights")), 0, MIDDLE, own("imle-map"));
  const sample = makeBatch(shuffled(data.train.count, rng("sample")), 0);
  const paths = sample.paths.slice();
  const theta = (await model.predict(state, sample.pixels)).map((cost) => -cost);
  return {
    structure,
    theta,
    loss: (z) => hamming(z, paths, side * side),
    async goOn(layer) {
      const loss: Method["loss"] = (truth) =>
        withLoss(minimizing(layer), (z) => hamming(z, truth.paths, side * side));
      const end = await epochs(tree.ref(state), MIDDLE, END, loss);
      const { paths } = await predict(model, end, { predicts: "costs" }, data.test, data.test.count, batch);
      tree.dispose(end);
      return 100 * score({ predicts: "costs" }, paths, data.test).accuracy;
    },
    dispose() {
      tree.dispose(state);
      model.dispose();
    },
  };
}
