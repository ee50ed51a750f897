import { UsageError } from "./errors.ts";

/** The values that a configuration may hold; `--set key=value` parses them by the preset's kind. */
export type Setting = number | boolean | string | readonly number[] | readonly string[];
export type Settings = { readonly [key: string]: Setting };
export type Preset = "quick" | "paper";

/** A preset with the `key=value` pairs of the command line in it, each parsed as the preset's value is. */
export function applySettings<Config extends Settings>(preset: Config, pairs: readonly string[]): Config {
  const changed: Record<string, Setting> = { ...preset };
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--set expected key=value, got "${pair}"`);
    const key = pair.slice(0, at);
    const model = Object.hasOwn(preset, key) ? preset[key] : undefined;
    if (model === undefined) {
      throw new UsageError(`--set: unknown key "${key}", expected one of ${Object.keys(preset).join(", ")}`);
    }
    changed[key] = parse(key, pair.slice(at + 1), model);
  }
  return changed as Config;
}

/** Whether `value` has the keys of `model`, and each value its kind: for configurations read from files. */
export function sameKinds(value: object, model: Settings): boolean {
  const entries = Object.entries(value);
  return (
    entries.length === Object.keys(model).length &&
    entries.every(([key, v]) => Object.hasOwn(model, key) && kindOf(v) === kindOf(model[key]!))
  );
}

function parse(key: string, text: string, model: Setting): Setting {
  if (Array.isArray(model)) {
    const items = text === "" ? [] : text.split(",");
    return kindOf(model) === "numbers" ? items.map((item) => parseNumber(key, item)) : items;
  }
  if (typeof model === "number") return parseNumber(key, text);
  if (typeof model === "boolean") {
    if (text === "true" || text === "false") return text === "true";
    throw new UsageError(`--set ${key} expected true or false, got "${text}"`);
  }
  return text;
}

function parseNumber(key: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new UsageError(`--set ${key} expected a number, got "${text}"`);
  return value;
}

function kindOf(value: unknown): string {
  if (!Array.isArray(value)) return typeof value;
  return value.every((item) => typeof item === "number") ? "numbers" : "strings";
}
