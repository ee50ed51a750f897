/** Points that an unseen tree draws together: trees by Kruskal on Gumbel(0) utilities, movement by `layout`. */
import { pairs } from "../../lab/nn/pairs.ts";
import { completeGraph, type Rng, spanningTree } from "../../src/index.ts";
import type { NriConfig } from "./config.ts";
import { layout } from "./layout.ts";

export interface Series {
  readonly count: number;
  /** series × timesteps × vertices × 2. */
  readonly positions: Float32Array;
  /** series × vertices × vertices, symmetric, in {0, 1}. */
  readonly adjacency: Float32Array;
}

export interface Data {
  readonly train: Series;
  readonly validation: Series;
  readonly test: Series;
  readonly description: string;
}

export function makeData(config: NriConfig, rng: Rng): Data {
  const { trainSeries, validationSeries, testSeries, timesteps, vertices } = config;
  const [train, validation, test] = [trainSeries, validationSeries, testSeries].map((count, i) =>
    makeSeries(vertices, timesteps, count, rng.split(i)),
  ) as [Series, Series, Series];
  normalise(train.positions, [train, validation, test]);
  return {
    train,
    validation,
    test,
    description: `made by the experiment: ${trainSeries} training, ${validationSeries} validation and ${testSeries} test series of ${vertices} points, ${timesteps} steps`,
  };
}

/** Series i depends on the generator's row i alone. */
export function makeSeries(vertices: number, timesteps: number, count: number, rng: Rng): Series {
  const graph = completeGraph(vertices);
  const tree = spanningTree(graph);
  const edges = graph.edges.length;
  const utilities = new Float32Array(count * edges);
  for (let i = 0; i < count; i++) {
    const own = rng.row(i);
    for (let e = i * edges; e < (i + 1) * edges; e++) utilities[e] = own.gumbel();
  }
  const z = new Float32Array(utilities.length);
  tree.map(utilities, z);
  const adjacency = pairs(graph, true).write(z, 1);
  const [size, square] = [timesteps * vertices * 2, vertices * vertices];
  const positions = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const own = adjacency.subarray(i * square, (i + 1) * square);
    layout(own, timesteps, rng.split(0).row(i), positions.subarray(i * size, (i + 1) * size));
  }
  return { count, positions, adjacency };
}

/** Maps the smallest and largest coordinate of the training series to −1 and 1, and all series alike. */
function normalise(by: Float32Array, all: readonly Series[]): void {
  let [low, high] = [Infinity, -Infinity];
  for (const x of by) {
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  for (const { positions } of all) {
    for (let i = 0; i < positions.length; i++) {
      positions[i] = (2 * (positions[i]! - low)) / (high - low) - 1;
    }
  }
}
