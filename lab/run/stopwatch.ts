import type { Layer } from "../../src/index.ts";

/** Where the time of training goes. */
export type Seconds = {
  /** The discrete layer, forward and backward, with the KL term. */
  readonly layer: number;
  /** The networks and their updates, on jax-js. */
  readonly engine: number;
  /** Making batches. */
  readonly data: number;
};

export interface Stopwatch {
  /** Times what makes a batch. */
  data<R>(work: () => R): R;
  /** Times a training step, or what it promises; what its layer takes is taken off. */
  engine<R>(work: () => R): R;
  /** A layer that is timed. */
  layer<Context>(layer: Layer<Context>): Layer<Context>;
  seconds(): Seconds;
  reset(): void;
}

/** Goes on from `start`. */
export function stopwatch(start: Seconds): Stopwatch {
  let spent = { ...start };
  const time = <R>(what: keyof Seconds, work: () => R): R => {
    const before = performance.now();
    const result = work();
    spent[what] += (performance.now() - before) / 1000;
    return result;
  };
  return {
    data: (work) => time("data", work),
    engine(work) {
      const [before, layerBefore] = [performance.now(), spent.layer];
      const end = (): void => {
        spent.engine += (performance.now() - before) / 1000 - (spent.layer - layerBefore);
      };
      const result = work();
      if (result instanceof Promise) return result.finally(end) as typeof result;
      end();
      return result;
    },
    layer: (layer) => ({
      ...layer,
      forward(theta, rng, context) {
        const evaluation = time("layer", () => layer.forward(theta, rng, context));
        return {
          ...evaluation,
          backward: (cotangent) => time("layer", () => evaluation.backward(cotangent)),
        };
      },
    }),
    seconds: () => ({ ...spent }),
    reset() {
      spent = { layer: 0, engine: 0, data: 0 };
    },
  };
}
