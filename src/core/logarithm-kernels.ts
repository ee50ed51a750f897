/** Modules of kernels that take logarithms: kernels/log.ts. */
import { type GetKernels, kernelModule, LOG_AT } from "./kernels.ts";
import { INVERSE, LOG } from "./log-exp.ts";

/** `kernelModule`, with the tables in place before the first call. */
export function logarithmKernels<Kernels>(bytes: string): GetKernels<Kernels> {
  const get = kernelModule<Kernels>(bytes);
  let ready = false;
  return (worthwhile) => {
    const native = get(worthwhile);
    if (native && !ready) {
      native.f64.set(INVERSE.subarray(128), LOG_AT / 8);
      native.f64.set(LOG.subarray(128), LOG_AT / 8 + 129);
      ready = true;
    }
    return native;
  };
}
