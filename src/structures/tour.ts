import { depthFirst, type Walk } from "../algorithms/depth-first.ts";
import type { RowKernel } from "../algorithms/row-kernel.ts";
import { type HeldKarp, heldKarp } from "../algorithms/tours/held-karp.ts";
import { type RowContext, rowFamily } from "../boundary/row-family.ts";
import type { ExponentialFamily, With } from "../contracts.ts";
import { checkInteger } from "../core/check.ts";
import { checkRowIntegers } from "../core/check-context.ts";

/** What may differ from row to row of a batch. */
export interface TourContext extends RowContext {
  /** Vertices of each instance, in [3, n]: the first ones; entries of edges to the others are 0. */
  readonly vertices?: ArrayLike<number>;
}

/** Vertices beyond which the tables of the dynamic programme grow too large. */
const VERTICES_LIMIT = 16;

/**
 * Tours of the travelling salesman: Hamiltonian cycles of the complete undirected graph. θ is minus the distances.
 *
 * C = { z ∈ {0,1}^(n(n−1)/2) : z are the edges of one cycle through all n vertices }. θ and z hold the edges i < j in
 * lexicographic order, those of `completeGraph(n)`. −Infinity forbids an edge.
 *
 * MAP and exact inference are dynamic programmes over subsets (Held and Karp), O(2ⁿ n²) time and O(2ⁿ n) memory a
 * row. Larger tours: `largeTour` of hardgrad/ilp.
 *
 * @param n number of vertices, in [3, 16].
 * @throws RangeError for n out of range, and for a row whose allowed edges hold no tour.
 * @example
 * import { minimizing, tour } from "hardgrad";
 * const z = new Float64Array(6);
 * minimizing(tour(4)).map(Float64Array.of(1, 9, 1, 1, 9, 1), z);
 * z.join(); // "1,0,1,1,0,1"
 * @see Held and Karp (1962), "A dynamic programming approach to sequencing problems"; Bellman (1962).
 */
export function tour(n: number): With<ExponentialFamily<TourContext>, "states" | "cardinality"> {
  const name = "tour";
  if (typeof n === "number" && n > VERTICES_LIMIT) {
    throw new RangeError(
      `${name}: n expected an integer in [3, ${VERTICES_LIMIT}], got ${n}; larger tours: largeTour of hardgrad/ilp`,
    );
  }
  checkInteger(name, "n", n, 3, VERTICES_LIMIT);
  const kernel = tourKernel(n);
  const family = rowFamily<TourContext>({
    name,
    kernel,
    states: "tour",
    contextKeys: ["vertices", "mask"],
    checkContext({ vertices }, rows) {
      if (vertices !== undefined) checkRowIntegers(name, "vertices", vertices, rows, 3, n);
    },
    setRow(context, row) {
      kernel.setVertices(context?.vertices?.[row] ?? n);
    },
  });
  return { ...family, cardinality: n };
}

interface TourKernel extends RowKernel {
  setVertices(vertices: number): void;
}

function tourKernel(n: number): TourKernel {
  const size = (n * (n - 1)) / 2;
  const theta = new Float64Array(size);
  const vector = new Float64Array(size);
  const result = new Float64Array(size);
  const table: HeldKarp = heldKarp(n);
  const direction = new Float64Array(n * n);
  const found = new Float64Array(n * n);
  const neighbour = new Int32Array(2 * n);
  let vertices = n;

  /** Index of the edge between i < j. */
  const edgeOf = (i: number, j: number): number => (i * (2 * n - i - 1)) / 2 + j - i - 1;

  /** `to` = the symmetric matrix of the numbers in `from`. */
  function square(from: Float64Array, to: Float64Array): void {
    for (let i = 0, e = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++, e++) {
        to[i * n + j] = from[e]!;
        to[j * n + i] = from[e]!;
      }
    }
  }

  function collect(): void {
    result.fill(0);
    for (let i = 0; i < vertices; i++) {
      for (let j = i + 1; j < vertices; j++) result[edgeOf(i, j)] = found[i * n + j]!;
    }
  }

  function writeCycle(): void {
    result.fill(0);
    for (let k = 0; k < vertices; k++) {
      const a = table.cycle[k]!;
      const b = table.cycle[k + 1 < vertices ? k + 1 : 0]!;
      result[a < b ? edgeOf(a, b) : edgeOf(b, a)] = 1;
    }
  }

  return {
    theta,
    vector,
    result,

    setVertices(count) {
      vertices = count;
    },

    map() {
      square(theta, table.score);
      if (table.solve(vertices) === -Infinity) return false;
      table.trace();
      writeCycle();
      return true;
    },

    sums() {
      square(theta, table.score);
      const top = table.solve(vertices);
      return top === -Infinity ? top : top + table.sums();
    },

    marginals() {
      table.marginals(found);
      collect();
    },

    jvp() {
      square(vector, direction);
      table.jvp(direction, found);
      collect();
    },

    entropy: () => table.entropy(),

    sample(rng) {
      table.sample(rng);
      writeCycle();
    },

    isState() {
      neighbour.fill(-1);
      let ones = 0;
      for (let i = 0, e = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++, e++) {
          if (vector[e] === 0) continue;
          if (vector[e] !== 1 || j >= vertices || ++ones > vertices) return false;
          if (neighbour[2 * i + 1]! >= 0 || neighbour[2 * j + 1]! >= 0) return false;
          neighbour[2 * i + (neighbour[2 * i]! < 0 ? 0 : 1)] = j;
          neighbour[2 * j + (neighbour[2 * j]! < 0 ? 0 : 1)] = i;
        }
      }
      if (ones !== vertices) return false;
      let length = 1;
      for (let before = 0, at = neighbour[0]!; at !== 0; length++) {
        const next = neighbour[2 * at]! === before ? neighbour[2 * at + 1]! : neighbour[2 * at]!;
        before = at;
        at = next;
      }
      return length === vertices;
    },

    *enumerate() {
      const count = vertices;
      const z = new Float64Array(size);
      const order = Array.from({ length: count }, (_, k) => k);
      function* extend(k: number): Walk {
        if (k === count) {
          // Of a tour's two directions, the one that goes to the smaller neighbour of 0 first.
          if (order[1]! > order[count - 1]!) return;
          z.fill(0);
          order.forEach((a, i) => {
            const b = order[(i + 1) % count]!;
            z[edgeOf(Math.min(a, b), Math.max(a, b))] = 1;
          });
          return yield z;
        }
        for (let i = k; i < count; i++) {
          [order[k], order[i]] = [order[i]!, order[k]!];
          yield extend(k + 1);
          [order[k], order[i]] = [order[i]!, order[k]!];
        }
      }
      yield* depthFirst(extend(1));
    },
  };
}
