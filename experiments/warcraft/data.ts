import { unexpected } from "../../lab/data/unexpected.ts";
import type { Rng } from "../../src/index.ts";
import type { WarcraftConfig } from "./config.ts";
import { makeMaps } from "./made-maps.ts";
import type { Maps } from "./maps.ts";
import { readPublishedMaps } from "./published-maps.ts";
import { makeTileset } from "./tiles.ts";

export interface Data {
  readonly train: Maps;
  readonly test: Maps;
  readonly description: string;
}

/** The published maps where there is a folder, else made ones. @throws DataError if the folder's files do not fit. */
export async function loadData(
  folder: string | undefined,
  { side, trainMaps, testMaps, batch }: WarcraftConfig,
  rng: Rng,
): Promise<Data> {
  const size = `${side}×${side}`;
  if (folder === undefined) {
    const tileset = makeTileset(rng.split(0));
    return {
      train: makeMaps(side, trainMaps, tileset, rng.split(1)),
      test: makeMaps(side, testMaps, tileset, rng.split(2)),
      description: `made by the experiment: ${trainMaps} training and ${testMaps} test maps of ${size} cells`,
    };
  }
  const { train, test } = await readPublishedMaps(folder, side, { train: trainMaps, test: testMaps });
  if (train!.count < batch) {
    throw unexpected(folder, `at least a batch of ${batch} training maps`, String(train!.count));
  }
  return {
    train: train!,
    test: test!,
    description: `Warcraft maps: ${train!.count} for training and ${test!.count} for tests, of ${size} cells`,
  };
}
