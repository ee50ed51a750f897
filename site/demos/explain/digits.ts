/** Threes and eights, drawn by the page itself: 16 × 16 pixels in 16 patches. */
import type { Rng } from "hardgrad";
import type { Instances } from "./learn.ts";

export const SIDE = 16;
export const PIXELS = SIDE * SIDE;
/** Patches in a row, and pixels in the side of one. */
export const PATCHES = 4;

/** Two circles, one over the other; a three leaves the left of both open. Slant, size, place and pen differ. */
export function digit(isEight: boolean, random: Rng): Float32Array {
  const [slant, size] = [0.5 * (random.uniform() - 0.5), 0.85 + 0.25 * random.uniform()];
  const [x, y] = [8 + 2 * (random.uniform() - 0.5), 8 + 2 * (random.uniform() - 0.5)];
  const pen = 0.9 + 0.5 * random.uniform();
  const points = Array.from({ length: 48 }, (_, i): [number, number] => {
    const lower = i >= 24;
    const turn = ((i % 24) + 0.5) / 24;
    const angle = isEight ? 2 * Math.PI * turn : 1.3 * Math.PI * (turn - 0.5);
    const dy = size * (lower ? 2.9 + 2.9 * Math.sin(angle) : -2.9 + 2.9 * Math.sin(angle));
    return [x + size * 3 * Math.cos(angle) - slant * dy, y + dy];
  });
  return Float32Array.from({ length: PIXELS }, (_, i) => {
    const nearest = points.reduce((least, [px, py]) => {
      return Math.min(least, Math.hypot((i % SIDE) + 0.5 - px, Math.floor(i / SIDE) + 0.5 - py));
    }, SIDE);
    return Math.min(1, Math.max(0, 1 + pen - nearest));
  });
}

export function digits(count: number, random: Rng): Instances {
  const labels = Float32Array.from({ length: count }, (_, i) => i % 2);
  const x = new Float32Array(count * PIXELS);
  labels.forEach((label, i) => {
    x.set(digit(label === 1, random), i * PIXELS);
  });
  return { x, labels };
}
