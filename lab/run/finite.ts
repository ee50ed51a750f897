import { DivergedError } from "./errors.ts";

/**
 * Does a part of a training, after which numbers are still finite.
 *
 * @param training its name, its epoch and its learning rate, for the error.
 * @param measured a number of the result that is finite only where the network's are.
 * @throws DivergedError where it is not, or where a layer refuses what the network made: without it the run would end
 * with a stack trace, or go on without a meaning.
 */
export function finite<R>(
  { name, epoch, rate }: { readonly name: string; readonly epoch: number; readonly rate: number },
  work: () => R,
  measured: (result: R) => number,
): R {
  let reason: string;
  try {
    const result = work();
    const number = measured(result);
    if (Number.isFinite(number)) return result;
    reason = `expected a finite number, got ${number}`;
  } catch (error) {
    if (!(error instanceof RangeError && /got (NaN|-?Infinity)/.test(error.message))) throw error;
    reason = error.message;
  }
  throw new DivergedError(
    `${name} diverged in epoch ${epoch}: ${reason}. A rate below ${rate} may help: --set rate=…`,
  );
}
