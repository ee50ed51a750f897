/** PNG pictures with a palette (ISO/IEC 15948), for fields with too many points for a figure of shapes. */
import { deflateSync } from "node:zlib";

const SIGNATURE: readonly number[] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * A picture as a data: URL.
 * @param pixels indices into the palette, row by row from the top.
 * @param palette up to 256 colours as "#rrggbb".
 */
export function pngUrl(
  width: number,
  height: number,
  pixels: Uint8Array,
  palette: readonly string[],
): string {
  if (pixels.length !== width * height) {
    throw new RangeError(`pngUrl: pixels expected ${width * height} entries, got ${pixels.length}`);
  }
  // Every row is preceded by its filter: 0, none.
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const png = Buffer.concat([
    Buffer.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.map((color) => color.slice(1)).join(""), "hex")),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  return `data:image/png;base64,${png.toString("base64")}`;
}

/** `count` colours between those of the list, by straight lines in RGB. */
export function colorRamp(colors: readonly string[], count: number): string[] {
  const channels = colors.map((color) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)));
  return Array.from({ length: count }, (_, i) => {
    const at = (i / Math.max(1, count - 1)) * (colors.length - 1);
    const from = Math.min(Math.floor(at), colors.length - 2);
    const mixed = channels[from]!.map((c, j) => Math.round(c + (at - from) * (channels[from + 1]![j]! - c)));
    return `#${mixed.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
  });
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  out.set(body, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** Node's own came with 20.15 and 22.2. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
