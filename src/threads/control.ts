/**
 * Words of memory that all threads of a team share. A call is open while its number stands in CALL; a thread enters by
 * counting itself there, so that one that wakes late finds the call closed and nobody waits for it.
 */

/** Number of the open call, shifted by ENTERED_BITS, and how many threads have entered it. */
const CALL = 0;
/** Threads that have left the call; and the bit ENDED, once a thread has ended. */
const LEFT = 1;
/** Next share of rows to be taken. */
const NEXT = 2;
/** 1 where a share failed: nobody takes another. */
const FAILED = 3;
/** Number of characters of the reason, which follow as words. */
const REASON = 4;

const ENTERED_BITS = 8;
const ENTERED: number = (1 << ENTERED_BITS) - 1;
const ENDED: number = 1 << 30;
const LONGEST_REASON = 500;

/** Threads of a team beside the caller. */
export const MOST_HELPERS: number = ENTERED;

export type Control = Int32Array;

export function newControl(): Control {
  return new Int32Array(new SharedArrayBuffer(4 * (REASON + 1 + LONGEST_REASON)));
}

/** Opens a call; its first share is the caller's. Returns the word that `enter` expects. */
export function open(control: Control, call: number): number {
  const word = call << ENTERED_BITS;
  Atomics.and(control, LEFT, ENDED);
  Atomics.store(control, FAILED, 0);
  Atomics.store(control, NEXT, 1);
  Atomics.store(control, CALL, word);
  return word;
}

/** Counts a thread in; false where the call is over. */
export function enter(control: Control, word: number): boolean {
  for (;;) {
    const seen = Atomics.load(control, CALL);
    if ((seen & ~ENTERED) !== word) return false;
    if (Atomics.compareExchange(control, CALL, seen, seen + 1) === seen) return true;
  }
}

export function leave(control: Control): void {
  Atomics.add(control, LEFT, 1);
  Atomics.notify(control, LEFT);
}

/** Closes the call and waits for the threads that entered it; false where a thread has ended. */
export function close(control: Control): boolean {
  return wait(control, Atomics.exchange(control, CALL, 0) & ENTERED);
}

/** Waits until this many threads have left; false where one has ended. */
export function wait(control: Control, threads: number): boolean {
  for (;;) {
    const seen = Atomics.load(control, LEFT);
    if (seen & ENDED) return false;
    if (seen === threads) return true;
    Atomics.wait(control, LEFT, seen);
  }
}

export function nextShare(control: Control): number {
  return Atomics.add(control, NEXT, 1);
}

export function fail(control: Control): void {
  Atomics.store(control, FAILED, 1);
}

export function failed(control: Control): boolean {
  return Atomics.load(control, FAILED) !== 0;
}

/** Says that a thread has ended and why, to a caller who may be waiting. The first reason stays. */
export function end(control: Control, reason: string): void {
  if (ended(control)) return;
  for (let i = 0; i < Math.min(reason.length, LONGEST_REASON); i++) {
    Atomics.store(control, REASON + 1 + i, reason.charCodeAt(i));
  }
  Atomics.store(control, REASON, Math.min(reason.length, LONGEST_REASON));
  Atomics.or(control, LEFT, ENDED);
  Atomics.notify(control, LEFT);
}

export function ended(control: Control): boolean {
  return (Atomics.load(control, LEFT) & ENDED) !== 0;
}

export function reasonOf(control: Control): string {
  const length = Atomics.load(control, REASON);
  return String.fromCharCode(...control.subarray(REASON + 1, REASON + 1 + length));
}
