/** u(x, t) on a uniform grid of one period in x. */
export interface Field {
  readonly x: Float64Array;
  readonly t: Float64Array;
  /** Places × times, row-major: u(x_i, t_j) at i · times + j. */
  readonly u: Float64Array;
}

/** Length of the period: the grid holds one of its two ends. */
export function periodOf({ x }: Field): number {
  return (x[1]! - x[0]!) * x.length;
}
