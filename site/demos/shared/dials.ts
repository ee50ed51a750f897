/** The dials of a demo, and its whole state in the URL: a link shows the same thing with the same seed. */

interface Common {
  readonly key: string;
  /** What papers call it: λ. Absent where there is no symbol. */
  readonly symbol?: string;
  /** What it is, in a word or two. */
  readonly word: string;
  /** Which way it trades, in a sentence. */
  readonly hint?: string;
  /** Why it does nothing as the others stand, in a few words; empty where it acts. */
  idle?(state: State): string;
}

/** A number from a list of stops, which a slider steps through. */
export interface Stops extends Common {
  readonly kind: "stops";
  readonly stops: readonly number[];
  readonly initial: number;
}

export interface Option {
  readonly name: string;
  readonly label: string;
}

/** One of several. */
export interface Choice extends Common {
  readonly kind: "choice";
  readonly options: readonly Option[];
  readonly initial: string;
}

/** Any of several. */
export interface Several extends Common {
  readonly kind: "several";
  readonly options: readonly Option[];
  readonly initial: readonly string[];
}

/** Whole numbers in [0, most] that the picture itself changes: places of points, cells that are painted. */
export interface Painted extends Common {
  readonly kind: "painted";
  readonly most: number;
  readonly initial: readonly number[];
}

/** Text that the picture itself changes. */
export interface Typed extends Common {
  readonly kind: "typed";
  /** Characters that count. */
  readonly most: number;
  readonly initial: string;
}

export type Dial = Stops | Choice | Several | Painted | Typed;

type Value = number | string | readonly string[] | readonly number[];

/** What each dial stands at. */
export type State = Readonly<Record<string, Value>>;

export function initialState(dials: readonly Dial[]): State {
  return Object.fromEntries(dials.map((dial) => [dial.key, dial.initial]));
}

/** Why a dial does nothing that only some of the methods read: those that are chosen do not. */
export function unread(
  key: string,
  methods: readonly { readonly name: string; readonly reads: readonly string[] }[],
  { methods: chosen }: State,
): string {
  const isRead = methods.some(
    ({ name, reads }) => (chosen as readonly string[]).includes(name) && reads.includes(key),
  );
  return isRead ? "" : "nothing that is chosen reads it";
}

/** Reads a query; what it does not say, or says wrongly, stands at its beginning. */
export function readState(dials: readonly Dial[], query: string): State {
  const given = new URLSearchParams(query);
  return Object.fromEntries(dials.map((dial) => [dial.key, readDial(dial, given.get(dial.key))]));
}

function readDial(dial: Dial, text: string | null): Value {
  if (text === null) return dial.initial;
  if (dial.kind === "typed") return text.slice(0, dial.most);
  if (dial.kind === "painted") {
    const numbers = text.split(",").map((word) => (/^\d{1,3}$/.test(word) ? Number(word) : Infinity));
    const fits = numbers.length === dial.initial.length && numbers.every((x) => x <= dial.most);
    return fits ? numbers : dial.initial;
  }
  if (dial.kind === "stops") {
    const value = Number(text);
    return text.trim() !== "" && dial.stops.includes(value) ? value : dial.initial;
  }
  const known = (name: string): boolean => dial.options.some((option) => option.name === name);
  if (dial.kind === "choice") return known(text) ? text : dial.initial;
  return text.split(",").filter(known);
}

/** The query of a state: only what differs from the beginning, so that links stay short. */
export function writeState(dials: readonly Dial[], state: State): string {
  const changed = dials
    .filter((dial) => String(state[dial.key]) !== String(dial.initial))
    .map((dial): [string, string] => [dial.key, String(state[dial.key])]);
  return new URLSearchParams(changed).toString().replaceAll("%2C", ",");
}
