/** Runs in the browser: a structure that says how many shares its threads took. */
import { kSubset, type Structure } from "../../src/index.ts";

/** Milliseconds of a share, long enough for others to wake. */
const SHARE = 5;

export default function make(): Structure & { report(): Record<string, number> } {
  const subset = kSubset(5, 2);
  let shares = 0;
  return {
    name: subset.name,
    shape: subset.shape,
    cardinality: 2,
    map(theta, out) {
      shares++;
      for (const start = performance.now(); performance.now() < start + SHARE; );
      subset.map(theta, out);
    },
    report: () => ({ shares, largestShares: shares }),
  };
}
