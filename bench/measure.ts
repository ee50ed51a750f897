/** Times a function in rounds; the best round is what the machine can do when nobody else uses it. */
export interface Timing {
  best: number;
  median: number;
}

/** Least time of one round: shorter than a scheduler's time slice, so that some rounds go undisturbed. */
const ROUND_MS = 3;
const TOTAL_MS = 300;
/** The optimising compiler works beside us, and needs a while on a busy machine. */
const WARM_UP_MS = 200;
const LEAST_ROUNDS = 9;

/** Ns per item of `run`. */
export function measure(run: () => void, items: number): Timing {
  const warm = performance.now() + WARM_UP_MS;
  while (performance.now() < warm) run();
  let repeats = 1;
  while (time(run, repeats) < ROUND_MS) repeats *= 2;
  const rounds: number[] = [];
  const end = performance.now() + TOTAL_MS;
  while (rounds.length < LEAST_ROUNDS || performance.now() < end) {
    rounds.push((time(run, repeats) * 1e6) / repeats / items);
  }
  rounds.sort((a, b) => a - b);
  return { best: rounds[0]!, median: rounds[rounds.length >> 1]! };
}

function time(run: () => void, repeats: number): number {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) run();
  return performance.now() - start;
}
