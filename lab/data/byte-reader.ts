/** Reads bytes from the front and knows which file they come from; running past the end is a clear error. */
import { unexpected } from "./unexpected.ts";

export interface ByteReader {
  readonly file: string;
  /** Bytes that have not been read. */
  readonly left: number;
  /** The next `count` bytes, as a view; `what` names them in the error. */
  take(count: number, what: string): Uint8Array;
  uint16(what: string, littleEndian: boolean): number;
  uint32(what: string, littleEndian: boolean): number;
}

export function byteReader(bytes: Uint8Array, file: string): ByteReader {
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const advance = (count: number, what: string): number => {
    if (count > bytes.length - at) {
      throw unexpected(file, `${count} bytes of ${what} at ${at}`, `the end of the data at ${bytes.length}`);
    }
    at += count;
    return at - count;
  };
  return {
    file,
    get left() {
      return bytes.length - at;
    },
    take(count, what) {
      const start = advance(count, what);
      return bytes.subarray(start, start + count);
    },
    uint16: (what, littleEndian) => view.getUint16(advance(2, what), littleEndian),
    uint32: (what, littleEndian) => view.getUint32(advance(4, what), littleEndian),
  };
}

/** Bytes as Latin-1 text, for messages and headers. */
export function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** The first bytes in hexadecimal, to show what was found. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(" ") || "nothing";
}
