/** Modules of kernels that take logarithms: kernels/log.ts. */
import { type GetKernels, kernelModule } from "./kernels.ts";
import { INVERSE, LOG } from "./log-exp.ts";

/** Where the logarithm's tables lie, which stay: 2,064 bytes between that of the exponential and the word of kernels/threefry.ts. */
const TABLES_AT = (160 << 10) + 512;

/** `kernelModule`, with the tables in place before the first call. */
export function logarithmKernels<Kernels>(bytes: string): GetKernels<Kernels> {
  const get = kernelModule<Kernels>(bytes);
  let ready = false;
  return (worthwhile) => {
    const native = get(worthwhile);
    if (native && !ready) {
      native.f64.set(INVERSE, TABLES_AT / 8);
      native.f64.set(LOG, TABLES_AT / 8 + INVERSE.length);
      ready = true;
    }
    return native;
  };
}
