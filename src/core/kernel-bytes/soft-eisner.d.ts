/** The WebAssembly module of kernels/ in hexadecimal digits; `node kernels/compile.mjs` makes the JavaScript beside this. */
export const kernelBytes: string;
