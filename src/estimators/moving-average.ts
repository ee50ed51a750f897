import { checkFraction, checkInteger, checkOptions, checkReal } from "../core/check.ts";

/** A running mean of the loss, as a baseline of the score function. */
export interface MovingAverage {
  readonly name: "movingAverage";
  /** The mean so far; 0 before the first update. */
  value(): number;
  update(loss: number): void;
  state(): MovingAverageState;
  restore(state: MovingAverageState): void;
}

/** Plain data, to be kept in checkpoints. */
export interface MovingAverageState {
  readonly mean: number;
  readonly updates: number;
}

/**
 * Exponentially weighted mean of the losses of earlier batches, free of the bias towards its start.
 *
 * @param options `decay` in [0, 1), 0.9 by default. Larger: smoother, slower to follow.
 * @throws RangeError for a decay out of range, losses and states that are no finite numbers.
 * @example
 * import { movingAverage } from "hardgrad";
 * const baseline = movingAverage({ decay: 0.5 });
 * baseline.update(4);
 * baseline.value(); // 4
 */
export function movingAverage(options: { readonly decay?: number } = {}): MovingAverage {
  const who = "movingAverage";
  checkOptions(who, options, ["decay"]);
  const { decay = 0.9 } = options;
  checkFraction(who, "decay", decay);
  let mean = 0;
  let updates = 0;
  return {
    name: who,
    value: () => (updates === 0 ? 0 : mean / (1 - decay ** updates)),
    update(loss) {
      checkReal(who, "loss", loss);
      mean = decay * mean + (1 - decay) * loss;
      updates++;
    },
    state: () => ({ mean, updates }),
    restore(state) {
      checkOptions(who, state, ["mean", "updates"], "state");
      checkReal(who, "state.mean", state.mean);
      checkInteger(who, "state.updates", state.updates, 0);
      mean = state.mean;
      updates = state.updates;
    },
  };
}
