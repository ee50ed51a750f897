import type { Rng } from "../../src/contracts.ts";
import { rng } from "../../src/core/rng.ts";

/** Part of a key: a name or an index ≥ 0. */
export type KeyPart = string | number;

/**
 * The generator of a key such as ("imle-sog", run, step) under a seed. It depends on the key alone, not on what was
 * drawn before, so that neither order nor interruption changes a number.
 */
export function keyedRng(seed: number, key: readonly KeyPart[]): Rng {
  let generator = rng(seed);
  for (const part of key) generator = generator.split(typeof part === "string" ? hash(part) : part);
  return generator;
}

/** FNV-1a twice, into [2³², 2⁵²): apart from every 32-bit index, and from the domain in which rows are split. */
function hash(text: string): number {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(i), 0x01000193) ^ (low >>> 15);
  }
  return (((high >>> 0) % 0xfffff) + 1) * 2 ** 32 + (low >>> 0);
}
