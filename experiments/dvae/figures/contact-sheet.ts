import type { TopLevelSpec } from "vega-lite";
import { colorRamp, pngUrl } from "../../../lab/report/png.ts";
import { PIXELS } from "../data.ts";
import { SIDE } from "../drawn-digits.ts";

export interface SheetRow {
  readonly name: string;
  /** Images side by side, 0 to 255 each pixel. */
  readonly images: Uint8Array;
}

/** A pixel of an image is so large on the page. */
const ZOOM = 1.3;

/** Rows of digits with their names, dark on light. */
export function contactSheet(rows: readonly SheetRow[]): TopLevelSpec {
  const columns = Math.max(...rows.map(({ images }) => images.length / PIXELS));
  const [width, height] = [columns * SIDE * ZOOM, SIDE * ZOOM];
  const values = rows.map(({ name, images }) => ({ name, url: strip(images) }));
  return {
    width,
    height: { step: height + 4 },
    data: { values },
    mark: { type: "image", width, height, aspect: false, align: "left", baseline: "middle", aria: false },
    encoding: {
      x: { value: 0 },
      y: { field: "name", type: "nominal", sort: null, title: null, axis: { labelLimit: 200 } },
      url: { field: "url" },
    },
  };
}

/** Images side by side as one PNG. */
function strip(images: Uint8Array): string {
  const count = images.length / PIXELS;
  const pixels = new Uint8Array(images.length);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < SIDE; y++) {
      const row = images.subarray(i * PIXELS + y * SIDE, i * PIXELS + (y + 1) * SIDE);
      pixels.set(row, (y * count + i) * SIDE);
    }
  }
  return pngUrl(count * SIDE, SIDE, pixels, colorRamp(["#ffffff", "#000000"], 256));
}
