import { DivergedError } from "./errors.ts";

/**
 * Does a part of a training, after which numbers are still finite.
 *
 * @param training its name, its epoch and its learning rate, for the error.
 * @param work may promise its result.
 * @param measured a number of the result that is finite only where the network's are.
 * @throws DivergedError where it is not, or where a layer refuses what the network made: without it the run would end
 * with a stack trace, or go on without a meaning.
 */
export function finite<R>(
  training: Part,
  work: () => Promise<R>,
  measured: (result: R) => number,
): Promise<R>;
export function finite<R>(training: Part, work: () => R, measured: (result: R) => number): R;
export function finite<R>(
  training: Part,
  work: () => R | Promise<R>,
  measured: (result: R) => number,
): R | Promise<R> {
  const checked = (result: R): R => {
    const number = measured(result);
    if (Number.isFinite(number)) return result;
    throw diverged(training, `expected a finite number, got ${number}`);
  };
  const refused = (error: unknown): never => {
    if (!(error instanceof RangeError && /got (NaN|-?Infinity)/.test(error.message))) throw error;
    throw diverged(training, error.message);
  };
  try {
    const result = work();
    return result instanceof Promise ? result.then(checked).catch(refused) : checked(result);
  } catch (error) {
    return refused(error);
  }
}

interface Part {
  readonly name: string;
  readonly epoch: number;
  readonly rate: number;
}

function diverged({ name, epoch, rate }: Part, reason: string): DivergedError {
  return new DivergedError(
    `${name} diverged in epoch ${epoch}: ${reason}. A rate below ${rate} may help: --set rate=…`,
  );
}
