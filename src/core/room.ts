/** Doubles that one object of the library may hold: 2 GiB. Beyond it arrays fail to be made in nobody's name. */
const LARGEST = 2 ** 28;

/** Whether arrays of this many doubles in all may be made for what the caller asks for, in the caller's terms. */
export function checkRoom(who: string, what: string, doubles: number): void {
  if (doubles <= LARGEST) return;
  const gibibytes = doubles / 2 ** 27;
  throw new RangeError(
    `${who}: ${what} needs ${gibibytes < 1e6 ? Math.ceil(gibibytes) : gibibytes.toExponential(0)} GiB of memory, expected at most 2`,
  );
}
