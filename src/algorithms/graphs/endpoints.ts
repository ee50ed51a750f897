/** The two ends of every edge, as flat arrays for kernels. */
export interface Endpoints {
  readonly from: Int32Array;
  readonly to: Int32Array;
}
