/**
 * One measurement. A file bench/cases/<subject>.ts exports `cases: BenchCase[]`.
 *
 * `run` must leave its work visible (write to arrays that live outside it), must be repeatable, and should take
 * between a microsecond and some milliseconds. Data is drawn from fixed seeds when the file is loaded.
 */
export interface BenchCase {
  /** What is measured with its sizes, as it stands in the table: "kSubset map n=20 k=10". */
  readonly name: string;
  /** Items that one `run` works on: rows, elements, calls; times are divided by it. */
  readonly items: number;
  /** The kernel of native/kernels.cpp that does the same, by the name it prints. */
  readonly native?: string;
  /** Another implementation in JavaScript of the same items. */
  readonly peer?: { readonly name: string; run(): void };
  run(): void;
}
