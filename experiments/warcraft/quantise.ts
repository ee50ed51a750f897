/** At most 256 colours for a picture of any: PNGs of this project have palettes. */

export interface Indexed {
  readonly pixels: Uint8Array;
  /** "#rrggbb". */
  readonly palette: readonly string[];
}

/** The 256 most frequent colours of 5 bits a channel; a rarer one becomes the nearest of them. */
export function quantise(rgb: Uint8Array): Indexed {
  const counts = new Uint32Array(1 << 15);
  const pixels = new Uint8Array(rgb.length / 3);
  const code = (p: number): number =>
    ((rgb[3 * p]! >> 3) << 10) | ((rgb[3 * p + 1]! >> 3) << 5) | (rgb[3 * p + 2]! >> 3);
  for (let p = 0; p < pixels.length; p++) counts[code(p)]!++;
  const used = [...counts.keys()].filter((c) => counts[c]! > 0);
  const kept = used.toSorted((a, b) => counts[b]! - counts[a]! || a - b).slice(0, 256);
  const nearest = new Uint8Array(1 << 15);
  for (const c of used) {
    let best = Infinity;
    for (const [i, k] of kept.entries()) {
      const distance = (red(c) - red(k)) ** 2 + (green(c) - green(k)) ** 2 + (blue(c) - blue(k)) ** 2;
      if (distance < best) {
        best = distance;
        nearest[c] = i;
      }
    }
  }
  for (let p = 0; p < pixels.length; p++) pixels[p] = nearest[code(p)]!;
  return { pixels, palette: kept.map((c) => `#${hex(red(c))}${hex(green(c))}${hex(blue(c))}`) };
}

const red = (code: number): number => code >> 10;
const green = (code: number): number => (code >> 5) & 31;
const blue = (code: number): number => code & 31;

/** Five bits as eight, with 31 as 255. */
function hex(bits: number): string {
  return Math.round((bits * 255) / 31)
    .toString(16)
    .padStart(2, "0");
}
