/** What is probed: a structure, θ and a loss, as every measurement sees them. */
import type { FloatArray, Rng, Structure } from "../contracts.ts";
import type { LossAndGradient } from "../losses/loss-and-gradient.ts";

/** The loss of a batch: z holds a state, or a soft state, for each row of θ, in θ's order. */
export type ProbeLoss = (z: FloatArray) => LossAndGradient;

export interface Problem<Context> {
  readonly structure: Structure<Context>;
  readonly theta: Float64Array;
  readonly rows: number;
  readonly size: number;
  readonly context: Context | undefined;
  /** Checked: values a row, gradients an entry, all finite. */
  readonly loss: ProbeLoss;
  readonly rng: Rng;
}

/** Whether there is time for another call: every measurement asks before each of its own. */
export type Clock = () => boolean;

/** What an estimator's next call of a solver or a loss meets when time is up: its gradient is given up. */
export class OutOfTime extends Error {}

/** The problem whose calls end where time does: an estimator may make many of them for one gradient. */
export function within<C>(problem: Problem<C>, clock: Clock): Problem<C> {
  const { structure, loss } = problem;
  const check = (): void => {
    if (!clock()) throw new OutOfTime();
  };
  return {
    ...problem,
    structure: Object.create(structure, {
      map: {
        value: (...call: Parameters<Structure<C>["map"]>) => {
          check();
          structure.map(...call);
        },
      },
    }),
    loss: (z) => {
      check();
      return loss(z);
    },
  };
}
