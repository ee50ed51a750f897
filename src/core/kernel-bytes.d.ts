/** The WebAssembly module of kernels/ in base 64; `node kernels/compile.mjs` makes the JavaScript beside this. */
export const kernelBytes: string;
