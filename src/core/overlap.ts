/**
 * Arguments that share memory. A result may be written over an input that is the very same array, since each row is
 * read before it is written; over part of one it would be read as input by the rows that follow.
 */
import type { FloatArray } from "../contracts.ts";
import { floatsLike } from "./floats-like.ts";

/**
 * Where a method's results go while its inputs are still read: `out` itself, or an array of its own, to be copied into
 * `out` at the end, where `out` overlaps an input without being the very same array. O(1), whatever the lengths.
 * @param context whatever arrays it holds count as inputs that are never the same array.
 */
export function targetOf(
  out: FloatArray,
  context: unknown,
  first: FloatArray,
  second: FloatArray = first,
): FloatArray {
  if (!spoils(out, first) && (second === first || !spoils(out, second)) && !overlapsContext(out, context))
    return out;
  return floatsLike(out, out.length);
}

/** Whether writing rows of `out` would change rows of `input` that are not read yet. */
function spoils(out: FloatArray, input: FloatArray): boolean {
  return (
    overlap(out, input) &&
    (out.buffer !== input.buffer ||
      out.byteOffset !== input.byteOffset ||
      out.byteLength !== input.byteLength ||
      out.length !== input.length)
  );
}

/** Whether two views may share memory. */
export function overlap(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const one = a.buffer;
  const other = b.buffer;
  // Two objects may stand for one shared memory, as a clone or a message makes them: nobody can tell.
  return (
    (one === other || (isShared(one) && isShared(other))) &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}

/** The tag tells for buffers of any realm, and is slow. */
function isShared(buffer: ArrayBufferLike): boolean {
  return (
    !(buffer instanceof ArrayBuffer) &&
    Object.prototype.toString.call(buffer) === "[object SharedArrayBuffer]"
  );
}

function overlapsContext(out: FloatArray, context: unknown): boolean {
  if (typeof context !== "object" || context === null) return false;
  return Object.values(context).some((value) => ArrayBuffer.isView(value) && overlap(out, value));
}
