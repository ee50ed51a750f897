import { expect, test } from "vitest";
import { tensor } from "../../lab/run/safetensors.ts";
import { presets } from "./config.ts";
import { score } from "./evaluate.ts";
import type { Maps } from "./maps.ts";
import { picturesSections } from "./pictures.ts";
import { TILE_SIZE } from "./tiles.ts";

/** A cheap diagonal, and a cell beside it of the same price. */
const costs = Float32Array.of(1, 1, 9, 9, 1, 9, 9, 9, 1);
const diagonal = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
const scattered = Float32Array.of(1, 1, 0, 0, 0, 0, 0, 0, 1);

/** Whether a predicted state is called optimal. */
function isShownAsOptimal(path: Float32Array): boolean {
  const [section] = picturesSections({
    config: { ...presets.quick, side: 3, methods: ["direct"] },
    kept: {
      "maps/paths": tensor(diagonal),
      "maps/costs": tensor(costs),
      "maps/tiles": tensor(new Uint8Array(9 * TILE_SIZE)),
      "direct/0/values": tensor(path),
      "direct/0/paths": tensor(path),
    },
  } as never);
  const { caption } = section!.figures!.find(({ name }) => name === "map-0-direct")!;
  return caption!.endsWith(": optimal");
}

test("a predicted path is shown as optimal where the score counts it as such", () => {
  for (const [path, optimal] of [
    [diagonal, true],
    [scattered, false],
  ] as const) {
    const { accuracy } = score({ predicts: "path" }, path, { side: 3, costs, paths: diagonal } as Maps);
    expect([accuracy === 1, isShownAsOptimal(path)]).toEqual([optimal, optimal]);
  }
});
