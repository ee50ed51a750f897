/** A data file is missing, damaged or of a kind that is not read. The message is for the user, without a stack. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** Names the file, what was expected and what was found. */
export function unexpected(file: string, expected: string, found: string): DataError {
  return new DataError(`${file}: expected ${expected}, found ${found}`);
}
