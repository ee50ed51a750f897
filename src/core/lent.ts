/**
 * Memory that is kept from call to call, by its size. While it is lent it is not here, so that a call from within the
 * first, by a solver, a noise or a target, gets memory of its own; what an error kept from coming back is made anew.
 */
export interface Lent<T> {
  take(size: number): T;
  giveBack(size: number, memory: T): void;
}

export function lent<T>(make: (size: number) => T): Lent<T> {
  let kept: T | undefined;
  let keptSize = -1;
  return {
    take(size) {
      const memory = kept !== undefined && keptSize === size ? kept : make(size);
      kept = undefined;
      return memory;
    },
    giveBack(size, memory) {
      kept = memory;
      keptSize = size;
    },
  };
}
