/** A number for a table: about `digits` significant digits, integers in full, no exponent between 1e-4 and 1e6. */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return minus(String(value));
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return minus(value.toExponential(digits - 1));
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(value.toFixed(Math.min(places, 6)));
}

/** Mean ± spread with as many places as the spread deserves: two significant digits of it. */
export function formatSpread(mean: number, std: number): string {
  if (!(std > 0)) return formatNumber(mean);
  const places = Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(std))));
  return `${minus(mean.toFixed(places))} ± ${std.toFixed(places)}`;
}

/** With this many places, and no minus before a zero. */
export function formatPlaces(value: number, places: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(places);
  return Number(text) === 0 ? (0).toFixed(places) : minus(text);
}

function minus(text: string): string {
  return text.replaceAll("-", "−");
}
