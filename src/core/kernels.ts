/**
 * The WebAssembly kernels of kernels/: the same bits as the TypeScript that they stand beside, which serves where
 * WebAssembly or its SIMD is missing or a content security policy forbids it.
 *
 * A call copies rows into the arena, runs a kernel and copies the results out, with nothing of a caller's in between, so
 * that a solver may call a layer. The memory never grows: its views stay valid. Nobody keeps anything in it but the
 * exponential's table and that of quantiles that was used last.
 */
import { kernelBytes } from "./kernel-bytes.js";
import { EXP } from "./log-exp.ts";

/** Addresses are in bytes. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  threefryWords(key0: number, key1: number, counter: number, blocks: number, out: number): void;
  noiseStream(
    key0: number,
    key1: number,
    counter: number,
    from: number,
    length: number,
    table: number,
    shift: number,
    words: number,
    out: number,
  ): number;
  noiseRows(
    key0: number,
    key1: number,
    row: number,
    domain: number,
    rows: number,
    size: number,
    table: number,
    shift: number,
    keys: number,
    words: number,
    out: number,
  ): void;
  kSubsetMap(
    x: number,
    rows: number,
    n: number,
    k: number,
    quantile: number,
    spacing: number,
    keys: number,
    out: number,
  ): number;
  addDifference(
    gradient: number,
    weights: number,
    other: number,
    to: number,
    rows: number,
    size: number,
    sums: number,
  ): void;
  allFinite(x: number, length: number, scale: number): number;
  allFiniteSingle(x: number, length: number, scale: number): number;
  kSubsetMarginals(
    theta: number,
    rows: number,
    n: number,
    ones: number,
    logOdds: number,
    sign: number,
    scratch: number,
    out: number,
  ): number;
  kSubsetJvp(
    theta: number,
    v: number,
    rows: number,
    n: number,
    ones: number,
    logOdds: number,
    sign: number,
    scratch: number,
    out: number,
  ): number;
  perturb(x: number, noise: number, temperature: number, length: number): number;
}

/** The kernels with views of all of their memory. */
export interface KernelModule {
  readonly run: Kernels;
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly u32: Uint32Array;
}

/** Where the exponential's table lies, which stays: kernels/exp.ts. */
const EXP_AT: number = 160 << 10;
/** Where the table of quantiles lies: 80 KiB. */
export const TABLE_AT: number = 1 << 16;
/** The arena, for whoever is calling: 1.75 MiB. */
export const ARENA: number = 1 << 18;
export const ARENA_END: number = 1 << 21;

let instance: KernelModule | undefined;
let state: "unknown" | "ready" | "missing" = "unknown";
let use: "worthwhile" | "always" | "never" = "worthwhile";

/**
 * The kernels, instantiated at the first call; undefined where they cannot run, and where copying would cost more than they
 * save.
 */
export function kernels(worthwhile = true): KernelModule | undefined {
  if (use !== "worthwhile") return use === "always" ? ready() : undefined;
  return worthwhile ? ready() : undefined;
}

function ready(): KernelModule | undefined {
  if (state === "unknown") {
    instance = instantiate();
    state = instance ? "ready" : "missing";
  }
  return instance;
}

/** Runs `body` on TypeScript alone: what the kernels are held against. */
export function withoutKernels<T>(body: () => T): T {
  return using("never", body);
}

/** Runs `body` on kernels however small the calls. */
export function withKernels<T>(body: () => T): T {
  return using("always", body);
}

function using<T>(what: typeof use, body: () => T): T {
  const before = use;
  use = what;
  try {
    return body();
  } finally {
    use = before;
  }
}

function instantiate(): KernelModule | undefined {
  try {
    const bytes = Uint8Array.from({ length: kernelBytes.length / 2 }, (_, i) =>
      Number.parseInt(kernelBytes.slice(2 * i, 2 * i + 2), 16),
    );
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const run = exports as unknown as Kernels;
    const { buffer } = run.memory;
    // What is written as a word must be read as its lowest byte first.
    if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) return undefined;
    const f64 = new Float64Array(buffer);
    f64.set(EXP, EXP_AT / 8);
    return {
      run,
      f64,
      f32: new Float32Array(buffer),
      u32: new Uint32Array(buffer),
    };
  } catch {
    // No WebAssembly, no SIMD, or a policy without 'wasm-unsafe-eval'.
    return undefined;
  }
}
