/** Which settings are measured, and for how long: a coarse sweep, finer ones around what is best, then a race. */
import type { Rng } from "../contracts.ts";
import type { Candidate, Gradient } from "./candidates.ts";
import { type Tally, tally } from "./measure.ts";
import { type Clock, OutOfTime } from "./problem.ts";
import type { ProbeReference } from "./reference.ts";
import type { ProbeStage, ProbeUntried } from "./result.ts";

/** A candidate at one value of its dial, and what its gradients said so far. */
export interface Arm {
  readonly candidate: Candidate;
  readonly value: number;
  readonly tally: Tally;
}

export interface Swept {
  readonly arms: readonly Arm[];
  /** What was not measured, and why. */
  readonly untried: readonly ProbeUntried[];
}

/** Multiples of a dial's start that are tried first, the likeliest first. */
const COARSE: readonly number[] = [1, 10, 0.1];
/** Steps to both sides of a dial's best value, one after the other: from powers of ten to 15 % apart. */
const FINE: readonly number[] = [10 ** (1 / 2), 10 ** (1 / 4), 10 ** (1 / 8), 10 ** (1 / 16)];
/** Gradients of a setting in the rounds of the coarse sweep; only the first is sure to be had. */
const COARSE_DRAWS: readonly number[] = [3, 6, 12];
/** Share of the budget after which no further round of the coarse sweep begins. */
const COARSE_SHARE = 0.6;
const FINE_DRAWS = 40;
/** Share of the budget after which a setting gets no further gradient in a round of these: slow ones leave time to others. */
const PATIENCE = 0.02;
/** Each round of the race adds this share of the gradients so far. */
const RACE_SHARE = 0.5;
/** The race is over when its leaders' errors are known to this share of themselves. */
const PRECISE = 0.01;
/** Estimators whose error is beyond this multiple of the least one are not refined. */
const HOPEFUL = 1.6;

interface Running extends Arm {
  readonly gradient: Gradient;
}

/** Measures candidates against the reference until `budget` seconds are up or the best is told from the others. */
export function sweep(
  candidates: readonly Candidate[],
  reference: ProbeReference,
  rows: number,
  rng: Rng,
  budget: number,
  until: (share: number) => Clock,
  say: (stage: ProbeStage, best: Arm | undefined) => void,
): Swept {
  const arms = new Map<Candidate, Running[]>(candidates.map((candidate) => [candidate, []]));
  const untried = new Map<string, string>();
  const failed = new Set<Candidate>();
  /** Seconds of a gradient, where one was drawn. */
  const pace = new Map<Candidate, number>();
  const clock = until(1);
  let stage: ProbeStage = "coarse";
  let drawn = 0;

  /** Draws until the setting has `draws` gradients, or has taken this share of the budget. */
  function measure(candidate: Candidate, value: number, draws: number, patience = 1): void {
    if (failed.has(candidate)) return;
    const own = arms.get(candidate)!;
    let arm = own.find((other) => Math.abs(Math.log(other.value / value)) < 0.05);
    if (arm === undefined) {
      if (!clock()) {
        untried.set(candidate.code(value), "there was no time");
        return;
      }
      arm = { candidate, value, gradient: candidate.make(value), tally: tally(reference) };
    }
    const start = performance.now();
    const took = (): number => (performance.now() - start) / 1000;
    const before = arm.tally.error().draws;
    let count = before;
    try {
      for (; count < draws && clock() && (count === before || took() < patience * budget); count++) {
        arm.tally.add(arm.gradient(rng.split(drawn++)), rows);
      }
    } catch (error) {
      if (!(error instanceof OutOfTime)) {
        // A loss may know states alone, a relaxation less of θ than MAP does.
        if (candidate.states === "hard" || !(error instanceof Error)) throw error;
        failed.add(candidate);
        arms.set(candidate, []);
        untried.set(candidate.code(value), error.message);
        return;
      }
      if (count === 0) untried.set(candidate.code(value), "there was no time");
    }
    if (count > before) {
      const seconds = took() / (count - before);
      arm.tally.took(seconds);
      pace.set(candidate, seconds);
    }
    if (count > 0 && !own.includes(arm)) own.push(arm);
    say(stage, leastOf(all()));
  }

  const all = (): Running[] => [...arms.values()].flat();
  /** So that slow estimators leave no others untried. */
  const quickFirst = (): Candidate[] =>
    [...candidates].sort((a, b) => (pace.get(a) ?? 0) - (pace.get(b) ?? 0));

  for (const draws of COARSE_DRAWS) {
    if (draws > COARSE_DRAWS[0]! && !until(COARSE_SHARE)()) break;
    for (const factor of COARSE) {
      for (const candidate of quickFirst()) {
        if (candidate.dial) measure(candidate, factor * candidate.dial.start, draws, PATIENCE);
        else if (factor === COARSE[0]) measure(candidate, 1, draws, PATIENCE);
      }
    }
  }
  for (const candidate of quickFirst()) {
    if (candidate.dial?.usual !== undefined) {
      measure(candidate, candidate.dial.usual, FINE_DRAWS, PATIENCE);
    }
  }
  for (const candidate of quickFirst()) {
    for (let step = 0; step < (candidate.dial?.reach ?? 0); step++) {
      const own = arms.get(candidate)!;
      const best = leastOf(own);
      if (best === undefined || own.length < COARSE.length) break;
      const tried = own.map(({ value }) => value);
      if (best.value >= Math.max(...tried)) {
        measure(candidate, 10 * best.value, COARSE_DRAWS.at(-1)!, PATIENCE);
      } else if (best.value <= Math.min(...tried)) {
        measure(candidate, best.value / 10, COARSE_DRAWS.at(-1)!, PATIENCE);
      } else break;
    }
  }
  stage = "fine";
  for (const step of FINE) {
    for (const candidate of quickFirst()) {
      const best = leastOf(arms.get(candidate)!);
      if (best === undefined || !clock()) continue;
      measure(candidate, best.value, FINE_DRAWS);
      const least = leastOf(all())!.tally.error();
      const { error, errorDeviation } = best.tally.error();
      const hopeful = error - 2 * errorDeviation <= HOPEFUL * (least.error + 2 * least.errorDeviation);
      if (!candidate.dial || !hopeful) continue;
      for (const value of [best.value * step, best.value / step]) measure(candidate, value, FINE_DRAWS);
    }
  }
  stage = "race";
  while (clock()) {
    const open = leadersOf(all()).filter((arm) => {
      const { error, errorDeviation } = arm.tally.error();
      return errorDeviation > PRECISE * error + 1e-12;
    });
    if (open.length === 0) break;
    for (const { candidate, value, tally } of open) {
      measure(candidate, value, Math.ceil(tally.error().draws * (1 + RACE_SHARE)));
    }
  }
  return { arms: all(), untried: Array.from(untried, ([code, reason]) => ({ code, reason })) };
}

function leastOf<A extends Arm>(arms: readonly A[]): A | undefined {
  let best: A | undefined;
  let least = Infinity;
  for (const arm of arms) {
    const { error } = arm.tally.error();
    if (error < least) [best, least] = [arm, error];
  }
  return best;
}

/** Arms that may be the best, two standard errors to both sides. */
function leadersOf(arms: readonly Running[]): Running[] {
  const seen = arms.map((arm) => ({ arm, ...arm.tally.error() }));
  const limit = seen.reduce(
    (least, { error, errorDeviation }) => Math.min(least, error + 2 * errorDeviation),
    Infinity,
  );
  return seen
    .filter(({ error, errorDeviation }) => error - 2 * errorDeviation <= limit)
    .map(({ arm }) => arm);
}
