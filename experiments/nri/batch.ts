import type { NriConfig } from "./config.ts";
import type { Series } from "./data.ts";

export interface Batch {
  /** rows × vertices × (timesteps · 2): what the encoder sees of each point. */
  readonly seen: Float32Array<ArrayBuffer>;
  /** Segments of a series, each predicted from its first positions. */
  readonly segments: number;
  /** Positions predicted one from another in a segment. */
  readonly steps: number;
  /** (rows · segments) × vertices × 2. */
  readonly starts: Float32Array<ArrayBuffer>;
  /** steps × (rows · segments) × vertices × 2: the true positions. */
  readonly targets: Float32Array<ArrayBuffer>;
  /** steps × (rows · segments), 0 beyond the end of a series. */
  readonly weights: Float32Array<ArrayBuffer>;
}

/** Copies series `indices[from]` … into arrays that it reuses: a batch holds until the next is made. */
export function batcher(
  { positions }: Series,
  { vertices, timesteps, batch: rows, predictionSteps: steps }: NriConfig,
): (indices: ArrayLike<number>, from: number) => Batch {
  const segments = Math.ceil((timesteps - 1) / steps);
  const [frame, size] = [vertices * 2, timesteps * vertices * 2];
  const seen = new Float32Array(rows * size);
  const starts = new Float32Array(rows * segments * frame);
  const targets = new Float32Array(steps * starts.length);
  const weights = new Float32Array(steps * rows * segments);
  const made = { seen, segments, steps, starts, targets, weights };
  return (indices, from) => {
    for (let row = 0; row < rows; row++) {
      const series = positions.subarray(indices[from + row]! * size, (indices[from + row]! + 1) * size);
      for (let t = 0; t < timesteps; t++) {
        for (let v = 0; v < vertices; v++) {
          const to = ((row * vertices + v) * timesteps + t) * 2;
          seen[to] = series[t * frame + 2 * v]!;
          seen[to + 1] = series[t * frame + 2 * v + 1]!;
        }
      }
      for (let segment = 0; segment < segments; segment++) {
        const at = row * segments + segment;
        const start = segment * steps;
        starts.set(series.subarray(start * frame, (start + 1) * frame), at * frame);
        for (let step = 0; step < steps; step++) {
          const t = start + step + 1;
          const inside = t < timesteps;
          weights[step * rows * segments + at] = +inside;
          if (!inside) continue;
          const to = (step * rows * segments + at) * frame;
          targets.set(series.subarray(t * frame, (t + 1) * frame), to);
        }
      }
    }
    return made;
  };
}
