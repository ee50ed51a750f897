/**
 * The transportation problem max ⟨L, X⟩ over X ≥ 0 with given row and column sums, by the simplex method on a spanning
 * tree of rows and columns (Dantzig 1951; the modified distribution method).
 *
 * Every basis is a tree, so X is a vertex, made of sums by additions and subtractions alone: whole sums stay whole.
 * Sums are compared as if each row had ε more and the last column all of it: no pivot is degenerate, and no basis comes
 * twice. Forbidden pairs cost more than any plan without them. rows · columns numbers a pivot, about rows + columns pivots.
 */
export interface TransportSimplex {
  /** L, row-major; −Infinity forbids a pair. */
  readonly value: Float64Array;
  readonly rowSums: Float64Array;
  readonly columnSums: Float64Array;
  /** X. */
  readonly plan: Float64Array;
  /** L_ij − p_i − q_j at the best prices: 0 on a tree that holds all pairs with X > 0, not above 0 elsewhere. */
  readonly reduced: Float64Array;
  /** False where every plan has a forbidden pair. */
  solve(): boolean;
}

export function transportSimplex(rows: number, columns: number): TransportSimplex {
  const size = rows * columns;
  const vertices = rows + columns;
  const value = new Float64Array(size);
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  const plan = new Float64Array(size);
  const reduced = new Float64Array(size);
  /** L divided by its range, with what forbidden pairs cost. */
  const gain = new Float64Array(size);
  /** Pairs of the tree, their flows, and their flows' numbers of ε. */
  const basis = new Int32Array(Math.max(vertices - 1, 0));
  const flow = new Float64Array(basis.length);
  const epsilons = new Int32Array(basis.length);
  const price = new Float64Array(vertices);
  const parent = new Int32Array(vertices);
  /** The tree's edge to the parent, an index into `basis`. */
  const edge = new Int32Array(vertices);
  const depth = new Int32Array(vertices);
  const queue = new Int32Array(vertices);
  const first = new Int32Array(vertices);
  const next = new Int32Array(2 * basis.length);

  /** The north-west corner's plan: from each pair on to the next row or the next column, whichever is not used up. */
  function start(): void {
    const left = columnSums.slice();
    let of = rowSums[0]!;
    let more = 1;
    for (let i = 0, j = 0, k = 0; k < basis.length; k++) {
      const spare = j === columns - 1 ? rows : 0;
      basis[k] = i * columns + j;
      // The last column takes what rounding leaves of the last row.
      const down = i < rows - 1 && (j === columns - 1 || of < left[j]! || (of === left[j]! && more <= spare));
      flow[k] = down ? of : left[j]!;
      epsilons[k] = down ? more : spare - taken(k, j);
      if (down) {
        left[j] = left[j]! - of;
        of = rowSums[++i]!;
        more = 1;
      } else {
        of -= left[j]!;
        more -= epsilons[k]!;
        j++;
      }
    }
  }

  /** ε that column j has from the pairs before the k-th. */
  function taken(k: number, j: number): number {
    let sum = 0;
    for (let before = k - 1; before >= 0 && basis[before]! % columns === j; before--)
      sum += epsilons[before]!;
    return sum;
  }

  /** Prices of the tree from row 0 on, and the way back there. */
  function hang(): void {
    first.fill(-1);
    for (let k = 0; k < basis.length; k++) {
      const row = Math.floor(basis[k]! / columns);
      const column = rows + (basis[k]! % columns);
      next[2 * k] = first[row]!;
      first[row] = 2 * k;
      next[2 * k + 1] = first[column]!;
      first[column] = 2 * k + 1;
    }
    parent[0] = -1;
    edge[0] = -1;
    depth[0] = 0;
    price[0] = 0;
    queue[0] = 0;
    for (let at = 0, end = 1; at < end; at++) {
      const v = queue[at]!;
      for (let e = first[v]!; e >= 0; e = next[e]!) {
        const k = e >> 1;
        if (k === edge[v]) continue;
        const w = v < rows ? rows + (basis[k]! % columns) : Math.floor(basis[k]! / columns);
        parent[w] = v;
        edge[w] = k;
        depth[w] = depth[v]! + 1;
        price[w] = gain[basis[k]!]! - price[v]!;
        queue[end++] = w;
      }
    }
  }

  /** The pair that gains most beyond its prices; −1 where none gains more than rounding. */
  function entering(): number {
    let largest = 1;
    for (let v = 0; v < vertices; v++) largest = Math.max(largest, Math.abs(price[v]!));
    let most = 4 * vertices * Number.EPSILON * largest;
    let best = -1;
    for (let i = 0, at = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        const excess = gain[at]! - price[i]! - price[rows + j]!;
        if (excess > most) {
          most = excess;
          best = at;
        }
      }
    }
    return best;
  }

  /** Sends as much as possible through a pair and back through the tree; the pair takes the place of one that ran dry. */
  function pivot(entered: number): void {
    const ends = [Math.floor(entered / columns), rows + (entered % columns)] as const;
    // On the way up from either end every other edge loses, the first one included: they alternate around the cycle.
    const walk = (visit: (k: number, loses: boolean) => void): void => {
      const at: [number, number] = [ends[0], ends[1]];
      const loses: [boolean, boolean] = [true, true];
      while (at[0] !== at[1]) {
        const side = depth[at[0]]! >= depth[at[1]]! ? 0 : 1;
        visit(edge[at[side]]!, loses[side]);
        loses[side] = !loses[side];
        at[side] = parent[at[side]]!;
      }
    };
    let least = -1;
    walk((k, loses) => {
      if (!loses || (least >= 0 && !isLess(k, least))) return;
      least = k;
    });
    const amount = flow[least]!;
    const small = epsilons[least]!;
    walk((k, loses) => {
      flow[k] = flow[k]! + (loses ? -amount : amount);
      epsilons[k] = epsilons[k]! + (loses ? -small : small);
    });
    basis[least] = entered;
    flow[least] = amount;
    epsilons[least] = small;
  }

  const isLess = (a: number, b: number): boolean =>
    flow[a] !== flow[b] ? flow[a]! < flow[b]! : epsilons[a]! < epsilons[b]!;

  return {
    value,
    rowSums,
    columnSums,
    plan,
    reduced,

    solve() {
      let [low, high] = [Infinity, -Infinity];
      for (const x of value) {
        if (x === -Infinity) continue;
        low = Math.min(low, x);
        high = Math.max(high, x);
      }
      // Halves: the range of what fits may not.
      const range = high / 2 - low / 2 > 0 ? high / 2 - low / 2 : 1;
      const middle = high / 2 + low / 2;
      for (let at = 0; at < size; at++) {
        gain[at] = value[at] === -Infinity ? -4 * vertices : (value[at]! - middle) / range;
      }
      if (vertices > 0) {
        start();
        hang();
        for (let pair = entering(); pair >= 0; pair = entering()) {
          pivot(pair);
          hang();
        }
      }
      for (let i = 0, at = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, at++) {
          const excess = gain[at]! - price[i]! - price[rows + j]!;
          reduced[at] = value[at] === -Infinity ? -Infinity : Math.min(excess, 0) * range;
        }
      }
      plan.fill(0);
      for (let k = 0; k < basis.length; k++) {
        const at = basis[k]!;
        plan[at] = Math.max(flow[k]!, 0);
        if (value[at] !== -Infinity) reduced[at] = 0;
        else if (flow[k]! > 0) return false;
      }
      return true;
    },
  };
}
