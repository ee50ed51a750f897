/** The space–time picture of u: kept thinned in the run directory, drawn in the report. */
import type { TopLevelSpec } from "vega-lite";
import { colorRamp, pngUrl } from "../../lab/report/png.ts";
import type { Section } from "../../lab/report/report.ts";
import { divergingColors } from "../../lab/report/theme.ts";
import { type Tensors, tensor } from "../../lab/run/safetensors.ts";
import type { Field } from "./field.ts";

/** The field on a grid that a picture can show. */
export function thinned({ x, t, u }: Field): Tensors {
  const every = (count: number, most: number) => {
    const stride = Math.ceil(count / most);
    return Array.from({ length: Math.ceil(count / stride) }, (_, i) => i * stride);
  };
  const [rows, columns] = [every(x.length, 256), every(t.length, 256)];
  const values = Float32Array.from(rows.flatMap((i) => columns.map((j) => u[i * t.length + j]!)));
  return {
    x: tensor(Float32Array.from(rows, (i) => x[i]!)),
    t: tensor(Float32Array.from(columns, (j) => t[j]!)),
    u: tensor(values, [rows.length, columns.length]),
  };
}

/** One palette colour a level of u; even steps around zero. */
const LEVELS = 255;

export function fieldSection(kept: Tensors): Section {
  const [x, t, u] = ["x", "t", "u"].map((name) => kept[`data/${name}`]!.data as Float32Array);
  const [places, times] = [x!.length, t!.length];
  const reach = u!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // The picture's rows go from the largest x down.
  const pixels = Uint8Array.from({ length: places * times }, (_, p) => {
    const place = places - 1 - Math.floor(p / times);
    return Math.round(((u![place * times + (p % times)]! / reach + 1) / 2) * (LEVELS - 1));
  });
  const url = pngUrl(times, places, pixels, colorRamp(divergingColors, LEVELS));
  const [width, height] = [640, 260];
  const axis = { grid: false, tickCount: 6 };
  const scale = { nice: false, zero: false };
  const corners = [
    { x: x![0]!, t: t![0]!, u: -reach },
    { x: x!.at(-1)!, t: t!.at(-1)!, u: reach },
  ];
  const domain = [-1, -0.5, 0, 0.5, 1].map((share) => share * reach);
  const spec: TopLevelSpec = {
    width,
    height,
    layer: [
      {
        // Two invisible points span the axes and the colours of the picture.
        data: { values: corners },
        mark: { type: "point", opacity: 0 },
        encoding: {
          x: { field: "t", type: "quantitative", title: "t", axis, scale },
          y: { field: "x", type: "quantitative", title: "x", axis, scale },
          color: {
            field: "u",
            type: "quantitative",
            scale: { domain, range: [...divergingColors] },
            legend: { title: "u(x, t)", gradientLength: 160 },
          },
        },
      },
      {
        data: { values: [{ url }] },
        mark: { type: "image", width, height, aspect: false, align: "left", baseline: "top" },
        encoding: { x: { value: 0 }, y: { value: 0 }, url: { field: "url" } },
      },
    ],
  };
  return {
    title: "The data",
    conclusion:
      "Long waves grow by −u_xx, short ones are damped by −u_xxxx, and −u u_x carries energy between them: after a smooth start the solution is chaotic. The methods see only this picture, its derivatives and their products.",
    figures: [
      { name: "field", spec, alt: "A space–time picture: two smooth waves break up into irregular cells." },
    ],
  };
}
