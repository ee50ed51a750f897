/** What settings of many experiments must be; each throws a RangeError that names the key. */
import { MOST_HELPERS } from "../../src/threads/control.ts";

export function expectCounts<Key extends string>(
  config: Readonly<Record<Key, number>>,
  keys: readonly Key[],
): void {
  for (const key of keys) {
    if (!(Number.isInteger(config[key]) && config[key] > 0)) {
      throw new RangeError(`${key} expected an integer > 0, got ${config[key]}`);
    }
  }
}

export function expectPositive<Key extends string>(
  config: Readonly<Record<Key, number>>,
  keys: readonly Key[],
): void {
  for (const key of keys) {
    if (!(config[key] > 0 && config[key] < Infinity)) {
      throw new RangeError(`${key} expected a finite number > 0, got ${config[key]}`);
    }
  }
}

/** As many as `threaded` can start. */
export function expectThreads(threads: number): void {
  if (!(Number.isInteger(threads) && threads > 0 && threads <= MOST_HELPERS + 1)) {
    throw new RangeError(`threads expected an integer in [1, ${MOST_HELPERS + 1}], got ${threads}`);
  }
}

/** Data of so many examples hold a batch. */
export function expectBatch<Key extends string>(
  config: Readonly<Record<Key | "batch", number>>,
  keys: readonly Key[],
): void {
  for (const key of keys) {
    if (config[key] < config.batch) {
      throw new RangeError(`${key} expected at least a batch of ${config.batch}, got ${config[key]}`);
    }
  }
}

export function expectOneOf(key: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) {
    throw new RangeError(`${key} expected one of ${known.join(", ")}, got "${value}"`);
  }
}

/** Some of the known methods, each once. */
export function expectMethods(methods: readonly string[], known: readonly string[]): void {
  if (methods.length === 0 || new Set(methods).size < methods.length) {
    throw new RangeError(`methods expected different names, got "${methods.join(",")}"`);
  }
  const unknown = methods.find((method) => !known.includes(method));
  if (unknown !== undefined) {
    throw new RangeError(`methods expected some of ${known.join(", ")}, got "${unknown}"`);
  }
}
