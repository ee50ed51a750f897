import { DataError } from "../run/errors.ts";

/** An error that names the file, what was expected and what was found. */
export function unexpected(file: string, expected: string, found: string): DataError {
  return new DataError(`${file}: expected ${expected}, found ${found}`);
}
