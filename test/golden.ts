/** Golden vectors (truth by enumeration in high precision) and their tolerances. See fixtures/README.md. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";

export interface GoldenCase<Inputs, Outputs> {
  readonly case: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
  readonly tol: { readonly rel: number; readonly abs: number };
}

export function golden<Inputs, Outputs>(file: string): GoldenCase<Inputs, Outputs>[] {
  const text = readFileSync(new URL(`./fixtures/${file}.json`, import.meta.url), "utf8");
  return JSON.parse(text, (_, value) => (value === "-Infinity" ? -Infinity : value)).cases;
}

/** |got − want| ≤ abs + rel·|want|, entry by entry. */
export function expectClose(
  got: ArrayLike<number> | number,
  want: ArrayLike<number> | number,
  { rel, abs }: { readonly rel: number; readonly abs: number },
  label = "",
): void {
  const g = typeof got === "number" ? [got] : got;
  const w = typeof want === "number" ? [want] : want;
  expect(g.length, `${label} length`).toBe(w.length);
  for (let i = 0; i < w.length; i++) {
    const same = Object.is(g[i], w[i]) || Math.abs(g[i]! - w[i]!) <= abs + rel * Math.abs(w[i]!);
    if (!same) expect.fail(`${label}[${i}]: got ${g[i]}, want ${w[i]} (rel ${rel}, abs ${abs})`);
  }
}
