/**
 * argmax ⟨L, X⟩ − Σ X log X over X ≥ 0 with given row and column sums, and its implicit derivative: the entropic transport
 * plan X = exp(L + f 1ᵀ + 1 gᵀ).
 *
 * Where L varies by much, it is first reduced by the prices of the best plan, in the middle of all the prices that there
 * are: then no entry is above 0, and the start is right to the leading order in the temperature. Sinkhorn's rounds on f,
 * columns kept exact, do the rest, and Newton's method where they are slow: the Hessian is the Laplacian of the graph of
 * rows with weights Σ_j X_ij X_kj / b_j. The derivative solves the same system.
 */
import { solveLaplacian, solveLaplacianFlows } from "../graphs/laplacian.ts";
import { transportSimplex } from "./transport-simplex.ts";

export interface TransportPoint {
  /** L, row-major; −Infinity forbids a pair. */
  readonly score: Float64Array;
  readonly rowSums: Float64Array;
  readonly columnSums: Float64Array;
  /** X. */
  readonly plan: Float64Array;
  /** Finds X until row sums are right to within `tolerance` of the largest. Returns the rounds that it took. */
  solve(iterations: number, tolerance: number): number;
  /** How far row sums of `plan` are off, as a share of the largest; column sums are right. */
  residual(): number;
  /** (∂X/∂L)ᵀ G into `out`, with the X of the last `solve`. */
  product(cotangent: Float64Array, out: Float64Array): void;
}

/** Scores whose range is less are taken as they are. */
const NARROW = 20;
/** No price in between is too far where forbidden pairs leave places out of reach of each other. */
const OUT_OF_REACH = 1e6;
/** Sinkhorn's rounds before Newton's first step, and after one that failed: a step costs about as many. */
const PATIENCE = 32;
const PATIENCE_AFTER_SUCCESS = 2;
/** Halvings of a Newton step that does not help. */
const HALVINGS = 8;
/** Rows that are connected by a smaller share exchange less than the rounding of row sums can tell. */
const UNRESOLVED = 1e-13;
/** A gain, as a share of the total, that is more than rounding. */
const ENOUGH_GAIN = 1e-10;
/** The longest Newton step. */
const LONGEST_STEP = 20;

export function transportPoint(rows: number, columns: number): TransportPoint {
  const size = rows * columns;
  const vertices = rows + columns;
  const score = new Float64Array(size);
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  const plan = new Float64Array(size);
  /** L, or L less prices: what X is the exponential of. */
  const level = new Float64Array(size);
  const f = new Float64Array(rows);
  const old = new Float64Array(rows);
  const step = new Float64Array(rows);
  const found = new Float64Array(rows);
  const weights = new Float64Array(rows * rows);
  const flows = new Float64Array(rows * rows);
  const top = new Float64Array(columns);
  const sums = new Float64Array(columns);
  const distance = new Float64Array(vertices * vertices);
  const simplex = transportSimplex(rows, columns);
  let largest = 0;

  /** Prices as means of the shortest ways from everywhere (Floyd and Warshall) in the graph of what could be exchanged. */
  function reduce(): void {
    simplex.value.set(score);
    simplex.rowSums.set(rowSums);
    simplex.columnSums.set(columnSums);
    simplex.solve();
    distance.fill(Infinity);
    for (let v = 0; v < vertices; v++) distance[v * vertices + v] = 0;
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        distance[i * vertices + rows + j] = -simplex.reduced[at]!;
        if (simplex.plan[at]! > 0) distance[(rows + j) * vertices + i] = 0;
      }
    }
    for (let p = 0; p < vertices; p++) {
      for (let v = 0; v < vertices; v++) {
        const begin = distance[v * vertices + p]!;
        if (begin === Infinity) continue;
        for (let w = 0; w < vertices; w++) {
          const through = begin + distance[p * vertices + w]!;
          if (through < distance[v * vertices + w]!) distance[v * vertices + w] = through;
        }
      }
    }
    const shift = new Float64Array(vertices);
    for (let v = 0, at = 0; v < vertices; v++) {
      for (let w = 0; w < vertices; w++, at++) {
        shift[w] = shift[w]! + Math.min(distance[at]!, OUT_OF_REACH) / vertices;
      }
    }
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        level[at] = Math.min(simplex.reduced[at]! - (shift[i]! - shift[rows + j]!), 0);
      }
    }
    f.fill(0);
  }

  /** L as it is, rows beginning at their largest entries; false where it varies by too much. */
  function take(): boolean {
    level.set(score);
    for (let i = 0; i < rows; i++) {
      const row = level.subarray(i * columns, (i + 1) * columns);
      const high = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const low = row.reduce((a, b) => Math.min(a, b), Infinity);
      if (!(high - low <= NARROW)) return false;
      f[i] = -high;
    }
    return true;
  }

  /** X with right columns for f, and its row sums; returns the dual objective, which is concave in f. */
  function fill(): number {
    top.fill(-Infinity);
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) top[j] = Math.max(top[j]!, level[at]! + f[i]!);
    }
    sums.fill(0);
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        plan[at] = Math.exp(level[at]! + f[i]! - top[j]!);
        sums[j] = sums[j]! + plan[at]!;
      }
    }
    let objective = 0;
    for (let j = 0; j < columns; j++) objective -= columnSums[j]! * (top[j]! + Math.log(sums[j]!));
    for (let i = 0, at = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++, at++) {
        plan[at] = (plan[at]! * columnSums[j]!) / sums[j]!;
        sum += plan[at]!;
      }
      found[i] = sum;
      objective += rowSums[i]! * f[i]!;
    }
    return objective;
  }

  function residual(): number {
    let worst = 0;
    for (let i = 0; i < rows; i++) worst = Math.max(worst, Math.abs(found[i]! - rowSums[i]!));
    return worst / largest;
  }

  /** f_i so that row i is right for the columns' potentials as they are. */
  function sinkhornStep(): void {
    for (let i = 0; i < rows; i++) {
      // A row that has vanished against the others comes back by its largest entry.
      f[i] = f[i]! + Math.log(rowSums[i]! / Math.max(found[i]!, Number.MIN_VALUE));
    }
  }

  /** One damped Newton step; false if no length of it helps. */
  function newtonStep(objective: number): boolean {
    const before = residual();
    for (let i = 1; i < rows; i++) {
      for (let k = 0; k < i; k++) {
        let weight = 0;
        for (let j = 0; j < columns; j++) {
          weight += (plan[i * columns + j]! / columnSums[j]!) * plan[k * columns + j]!;
        }
        weights[i * rows + k] = weight;
      }
    }
    for (let i = 0; i < rows; i++) flows[i] = rowSums[i]! - found[i]!;
    old.set(f);
    solveLaplacian(weights, flows, step, rows, UNRESOLVED * largest);
    let low = 0;
    let high = 0;
    for (let i = 0; i < rows; i++) {
      low = Math.min(low, step[i]!);
      high = Math.max(high, step[i]!);
    }
    let length = Math.min(1, LONGEST_STEP / (high - low));
    for (let halving = 0; halving < HALVINGS; halving++) {
      for (let i = 0; i < rows; i++) f[i] = old[i]! + length * (step[i]! - (low + high) / 2);
      const gain = fill() - objective;
      if (gain > ENOUGH_GAIN * rows * largest || residual() < before) return true;
      length /= 2;
    }
    f.set(old);
    fill();
    return false;
  }

  return {
    score,
    rowSums,
    columnSums,
    plan,

    solve(iterations, tolerance) {
      largest = rowSums.reduce((a, b) => Math.max(a, b), 0);
      if (!take()) reduce();
      let patience = PATIENCE;
      for (let round = 1; ; round++) {
        const objective = fill();
        if (residual() <= tolerance || round >= iterations) return round;
        if (--patience === 0) patience = newtonStep(objective) ? PATIENCE_AFTER_SUCCESS : PATIENCE;
        sinkhornStep();
      }
    },

    residual,

    product(cotangent, out) {
      // dX = X ∘ (dL + α 1ᵀ + 1 βᵀ) has rows and columns of sum 0. With β eliminated, α solves a Laplacian system.
      for (let i = 1; i < rows; i++) {
        for (let k = 0; k < i; k++) {
          let weight = 0;
          let flow = 0;
          for (let j = 0; j < columns; j++) {
            const w = (plan[i * columns + j]! / columnSums[j]!) * plan[k * columns + j]!;
            weight += w;
            flow += w * (cotangent[k * columns + j]! - cotangent[i * columns + j]!);
          }
          weights[i * rows + k] = weight;
          flows[i * rows + k] = flow;
        }
      }
      const alpha = old;
      solveLaplacianFlows(weights, flows, alpha, rows);
      sums.fill(0);
      for (let i = 0, at = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, at++) {
          sums[j] = sums[j]! + (plan[at]! / columnSums[j]!) * (cotangent[at]! + alpha[i]!);
        }
      }
      for (let i = 0, at = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, at++) {
          out[at] = plan[at]! * (cotangent[at]! + alpha[i]! - sums[j]!);
        }
      }
    },
  };
}
