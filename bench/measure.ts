/** Times a function in rounds; the best round is what the machine can do when nobody else uses it. */
export interface Timing {
  best: number;
  median: number;
}

/** Time of one round, and how many rounds. */
const ROUND_MS = 20;
const ROUNDS = 9;

/** Ns per item of `run`. Warm-up runs until a round is long enough to be timed. */
export function measure(run: () => void, items: number): Timing {
  let repeats = 1;
  while (time(run, repeats) < ROUND_MS) repeats *= 2;
  const rounds: number[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push((time(run, repeats) * 1e6) / repeats / items);
  rounds.sort((a, b) => a - b);
  return { best: rounds[0]!, median: rounds[ROUNDS >> 1]! };
}

function time(run: () => void, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return performance.now() - start;
}
