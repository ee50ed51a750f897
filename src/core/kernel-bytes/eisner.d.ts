/** The WebAssembly module of kernels/ as text; `node kernels/compile.mjs` makes the JavaScript beside this. */
export const kernelBytes: string;
