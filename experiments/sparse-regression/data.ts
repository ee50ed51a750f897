/** The Kuramoto–Sivashinsky solution that PySINDy and the paper use, or one that is simulated like it. */
import { join } from "node:path";
import { readMat5 } from "../../lab/data/mat5.ts";
import { unexpected } from "../../lab/data/unexpected.ts";
import type { SparseRegressionConfig } from "./config.ts";
import type { Field } from "./field.ts";
import { simulate } from "./simulate.ts";

/** The start of Kassam and Trefethen's example, on a period of 32π; the file starts from it, too. */
const PERIOD: number = 32 * Math.PI;
const initial = (x: number): number => Math.cos(x / 16) * (1 + Math.sin(x / 16));
const TIMES = 251;
const INTERVAL = 0.4;

export interface Source {
  readonly field: Field;
  readonly description: string;
}

/** @throws DataError if the folder's file is missing, damaged or of another shape. */
export function loadField(folder: string | undefined, config: SparseRegressionConfig): Source {
  if (folder !== undefined) {
    const field = readField(join(folder, "kuramoto_sivishinky.mat"));
    return { field, description: `PySINDy's solution, ${field.x.length} places × ${field.t.length} times` };
  }
  const { points, steps } = config;
  const field = simulate({ points, period: PERIOD, times: TIMES, interval: INTERVAL, steps, initial });
  return { field, description: `simulated by the experiment (ETDRK4), ${points} places × ${TIMES} times` };
}

/** x, tt and uu of the MAT-file, uu being places × times. */
export function readField(file: string): Field {
  const { x, tt, uu } = readMat5(file, ["x", "tt", "uu"]);
  const shape = `${x.data.length}×${tt.data.length}`;
  if (uu.shape.join("×") !== shape)
    throw unexpected(file, `uu of shape ${shape}, as x and tt`, uu.shape.join("×"));
  for (const [name, { data }] of [["x", x] as const, ["tt", tt] as const]) {
    const step = (data.at(-1)! - data[0]!) / (data.length - 1);
    const even = data.every((value, i) => Math.abs(value - data[0]! - i * step) <= 1e-6 * Math.abs(step));
    if (!even || !(step > 0))
      throw unexpected(file, `${name} to be an increasing uniform grid`, "other steps");
  }
  return { x: x.data, t: tt.data, u: uu.data };
}
