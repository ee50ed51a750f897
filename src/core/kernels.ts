/**
 * The WebAssembly kernels of kernels/: the same bits as the TypeScript that they stand beside, which serves where
 * WebAssembly or its SIMD is missing or a content security policy forbids it. They come in modules, so that a bundle holds
 * those that it uses.
 *
 * All modules work in one memory. A call copies rows into the arena, runs a kernel and copies the results out, with nothing
 * of a caller's in between, so that a solver may call a layer. The memory never grows: its views stay valid. Nobody keeps
 * anything in it but the tables of exponential and logarithm and that of quantiles that was used last.
 */
import { EXP } from "./log-exp.ts";

/** A module's kernels, which take addresses in bytes, with views of all of the memory. */
export interface KernelModule<Kernels> extends KernelMemory {
  readonly run: Kernels;
}

/** All of the memory: modules share it. */
export interface KernelMemory {
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly u32: Uint32Array;
}

/** Where the exponential's table lies, which stays: kernels/exp.ts. */
export const EXP_AT: number = 160 << 10;
/** Where the logarithm's tables lie, 2064 bytes: kernels/log.ts. Behind them, at 163 KiB, are a few words of kernels/threefry.ts and quantile-noise.ts. */
export const LOG_AT: number = (160 << 10) + 512;
/** Where the table of quantiles lies, 80 KiB: kernels/quantile-noise.ts. */
export const TABLE_AT: number = 164 << 10;
/** Where words of a generator are made, 16 KiB: a sampler draws them while its tables lie in the arena. */
export const WORDS_AT: number = 128 << 10;
/** The arena, for whoever is calling: 1.75 MiB. */
export const ARENA: number = 1 << 18;
export const ARENA_END: number = 1 << 21;

const PAGE: number = 1 << 16;

let memory: WebAssembly.Memory | undefined;
let views: KernelMemory | undefined;
/** Whether a kernel runs, by whether it is worthwhile. */
let use = (worthwhile: boolean): boolean => worthwhile;

/** The kernels; undefined where they cannot run, and where copying would cost more than they save. */
export type GetKernels<Kernels> = (worthwhile?: boolean) => KernelModule<Kernels> | undefined;

/** A module of kernels from its bytes as kernels/compile.mjs writes them; it is instantiated at the first call. */
export function kernelModule<Kernels>(bytes: string): GetKernels<Kernels> {
  let module: KernelModule<Kernels> | undefined | null = null;
  return (worthwhile = true) => {
    if (!use(worthwhile)) return undefined;
    if (module === null) module = instantiate(bytes);
    return module;
  };
}

/** Runs `body` on TypeScript alone: what the kernels are held against. */
export function withoutKernels<T>(body: () => T): T {
  return using(() => false, body);
}

/** Runs `body` on kernels however small the calls. */
export function withKernels<T>(body: () => T): T {
  return using(() => true, body);
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

function instantiate<Kernels>(text: string): KernelModule<Kernels> | undefined {
  // What is written as a word must be read as its lowest byte first.
  if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) return undefined;
  try {
    const bytes = Uint8Array.from(bytesOf(text));
    const pages = ARENA_END / PAGE;
    memory ??= new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    views ??= viewsOf(memory);
    return { run: exports as Kernels, ...views };
  } catch {
    // No WebAssembly, no SIMD, or a policy without 'wasm-unsafe-eval'.
    return undefined;
  }
}

/** The text's first 93 characters are the digits of bytes from −3 on, and two that say how many 91s to add to the next. */
function bytesOf(text: string): number[] {
  const bytes: number[] = [];
  let high = -3;
  for (const character of text.slice(93)) {
    const digit = text.indexOf(character);
    if (digit < 91) {
      bytes.push(high + digit);
      high = -3;
    } else high = 91 * (digit - 90) - 3;
  }
  return bytes;
}

function viewsOf({ buffer }: WebAssembly.Memory): KernelMemory {
  const f64 = new Float64Array(buffer);
  f64.set(EXP, EXP_AT / 8);
  return { f64, f32: new Float32Array(buffer), u32: new Uint32Array(buffer) };
}
