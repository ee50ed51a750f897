import { unexpected } from "./unexpected.ts";

/** Bytes for what a header of `file` announces. @throws DataError that says `what` where no memory holds them. */
export function allocate(size: number, what: string, file: string): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch {
    throw unexpected(file, `${what} that fits into memory`, `${size} bytes`);
  }
}
