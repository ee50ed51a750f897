import type { FloatArray } from "../../contracts.ts";
import { assignmentKernels } from "../../core/assignment-kernels.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";

/** Numbers that are copied at once: they stay in the cache. */
const BLOCK = 4096;
/** Objects from which copying to a kernel pays. */
const WORTHWHILE = 6;

/**
 * Writes the best assignments of agents to objects for all rows of θ, agents × objects, by a kernel, as
 * linear-assignment.ts solves them; `alone` solves and writes a row that has none. False where no kernel can. `out` must
 * not be read meanwhile, but for its own row.
 */
export function assignRows(
  agents: number,
  objects: number,
  theta: FloatArray,
  out: FloatArray,
  alone: (row: number) => void,
): boolean {
  const size = agents * objects;
  const block = size * Math.max(1, Math.floor(BLOCK / size));
  const width = (objects + 3) & ~3;
  const scratch = ARENA + 8 * Math.min(block, theta.length);
  const objectAt = scratch + 56 * width;
  const priceAt = objectAt + 8 * agents;
  const fits = size > 0 && priceAt + 8 * width <= ARENA_END;
  const native = fits ? assignmentKernels(objects >= WORTHWHILE) : undefined;
  if (!native) return false;
  const { run, f64, u32 } = native;
  for (let start = 0; start < theta.length; start += block) {
    const end = Math.min(start + block, theta.length);
    // A view takes longer than many a copy.
    f64.set(block < theta.length ? theta.subarray(start, end) : theta, ARENA / 8);
    out.fill(0, start, end);
    for (let at = start; at < end; at += size) {
      const found = run.assign(ARENA + 8 * (at - start), agents, objects, scratch, objectAt, priceAt);
      if (!found) alone(at / size);
      else for (let i = 0; i < agents; i++) out[at + i * objects + u32[objectAt / 4 + i]!] = 1;
    }
  }
  return true;
}
