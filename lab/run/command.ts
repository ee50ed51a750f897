import type { RunConfig } from "./run-directory.ts";
import type { Settings } from "./settings.ts";

/** The command that begins a run: of its settings those that are not the preset's, and its data folder if it has one. */
export function commandOf(
  { experiment, preset, seed, config }: RunConfig,
  presetSettings: Settings,
  data: string | undefined,
): string {
  const parts = ["npm start -- run", experiment, "--preset", preset, "--seed", String(seed)];
  for (const [key, value] of Object.entries(config)) {
    const text = String(value);
    if (text !== String(presetSettings[key])) parts.push("--set", quote(`${key}=${text}`));
  }
  if (data !== undefined) parts.push("--data", quote(data));
  return parts.join(" ");
}

export function quote(text: string): string {
  return /^[\w./=,:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
