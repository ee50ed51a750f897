/**
 * Shortest tours through some twenty cities, exactly, by branch and bound over 1-trees (Held and Karp 1970, 1971).
 *
 * A 1-tree is a spanning tree of all cities but the first, and the two best edges of the first: every tour is one, and one
 * in which every city has two edges is a tour. Prices of cities, raised where too many edges meet, change all tours alike
 * and 1-trees not, so that the best 1-tree comes close to the best tour from below. Where prices no longer help, an edge of
 * a city with too many is forbidden, or demanded. n² a 1-tree, some hundreds of 1-trees a tour of 20.
 */
import { type Structure, solver } from "../../src/index.ts";

/** 1-trees at the root of the search, and at each branch. */
const ROOT_STEPS = 120;
const STEPS = 25;
/** Lower bounds this close to the best tour, as a share of costs, are rounding. */
const ROUNDING = 1e-12;

/** @param n number of cities, at least 3; θ and z hold the edges i < j, as those of `tour`. */
export function round(n: number): Structure<undefined> {
  const size = (n * (n - 1)) / 2;
  const cost = new Float64Array(n * n);
  /** 1 demanded, −1 forbidden, 0 free. */
  const rule = new Int8Array(n * n);
  const price = new Float64Array(n);
  const degree = new Int32Array(n);
  const parent = new Int32Array(n);
  const near = new Float64Array(n);
  const inTree = new Uint8Array(n);
  /** The 1-tree: an edge for each city but the first and one more for the first. */
  const from = new Int32Array(n);
  const to = new Int32Array(n);
  const best = new Int32Array(n);
  const bestNext = new Int32Array(n);
  let least = Infinity;
  let scale = 1;

  /** What an edge weighs in the choice of the tree: demanded ones come first. */
  const weigh = (i: number, j: number): number => {
    const of = rule[i * n + j]!;
    if (of === 1) return -1e30 * scale;
    return of === -1 ? Infinity : cost[i * n + j]! + price[i]! + price[j]!;
  };

  /** The best 1-tree at these prices; returns the bound, Infinity where there is none. */
  function oneTree(): number {
    degree.fill(0);
    inTree.fill(0);
    let bound = 0;
    let k = 0;
    const add = (i: number, j: number): void => {
      from[k] = i;
      to[k++] = j;
      degree[i]!++;
      degree[j]!++;
      bound += cost[i * n + j]! + price[i]! + price[j]!;
    };
    for (let v = 2; v < n; v++) {
      near[v] = weigh(1, v);
      parent[v] = 1;
    }
    inTree[1] = 1;
    for (let count = 2; count < n; count++) {
      let next = -1;
      for (let v = 2; v < n; v++) if (!inTree[v] && (next < 0 || near[v]! < near[next]!)) next = v;
      if (near[next] === Infinity) return Infinity;
      inTree[next] = 1;
      add(parent[next]!, next);
      for (let v = 2; v < n; v++) {
        if (inTree[v]) continue;
        const w = weigh(next, v);
        if (w < near[v]!) {
          near[v] = w;
          parent[v] = next;
        }
      }
    }
    let [a, b] = [-1, -1];
    for (let v = 1; v < n; v++) {
      const w = weigh(0, v);
      if (a < 0 || w < weigh(0, a)) [a, b] = [v, a];
      else if (b < 0 || w < weigh(0, b)) b = v;
    }
    if (weigh(0, b) === Infinity) return Infinity;
    add(0, a);
    add(0, b);
    for (let v = 0; v < n; v++) bound -= 2 * price[v]!;
    return bound;
  }

  /** Raises prices for some steps; returns the best bound, with the 1-tree of the last step. */
  function ascend(steps: number): number {
    let highest = -Infinity;
    let pace = 2;
    let patience = 5;
    for (let step = 0; step < steps; step++) {
      const bound = oneTree();
      if (bound === Infinity) return Infinity;
      let excess = 0;
      for (let v = 0; v < n; v++) excess += (degree[v]! - 2) ** 2;
      if (excess === 0) {
        take(bound);
        return bound;
      }
      if (bound > highest + ROUNDING * scale) {
        highest = bound;
        patience = 5;
      } else if (--patience === 0) {
        pace /= 2;
        patience = 5;
      }
      if (highest >= least - ROUNDING * scale || step === steps - 1) return highest;
      const gap = Math.max(least - bound, 1e-3 * scale);
      const length = (pace * gap) / excess;
      for (let v = 0; v < n; v++) price[v] = price[v]! + length * (degree[v]! - 2);
    }
    return highest;
  }

  /** The 1-tree is a tour. */
  function take(length: number): void {
    if (length >= least) return;
    least = length;
    best.set(from);
    bestNext.set(to);
  }

  function branch(steps: number): void {
    const before = price.slice();
    if (ascend(steps) < least - ROUNDING * scale) {
      // The free edge that is dearest where most edges meet.
      let edge = -1;
      let most = -Infinity;
      for (let k = 0; k < n; k++) {
        const [i, j] = [from[k]!, to[k]!];
        if (rule[i * n + j] !== 0) continue;
        const over = Math.max(degree[i]!, degree[j]!);
        const value = over * 1e6 * scale + cost[i * n + j]! + price[i]! + price[j]!;
        if (over > 2 && value > most) [edge, most] = [k, value];
      }
      if (edge >= 0) {
        const [i, j] = [from[edge]!, to[edge]!];
        const kept = rule.slice();
        set(i, j, -1);
        branch(STEPS);
        rule.set(kept);
        if (demand(i, j)) branch(STEPS);
        rule.set(kept);
      }
    }
    price.set(before);
  }

  function set(i: number, j: number, to: -1 | 1): void {
    rule[i * n + j] = to;
    rule[j * n + i] = to;
  }

  /** False where a city would have three demanded edges; a city with two has no others. */
  function demand(i: number, j: number): boolean {
    set(i, j, 1);
    for (const v of [i, j]) {
      let count = 0;
      for (let w = 0; w < n; w++) if (rule[v * n + w] === 1) count++;
      if (count > 2) return false;
      if (count < 2) continue;
      for (let w = 0; w < n; w++) if (w !== v && rule[v * n + w] === 0) set(v, w, -1);
    }
    return true;
  }

  /** A tour to begin with: from each city on to the nearest, then crossings undone while that helps. */
  function firstTour(): void {
    const order = [0];
    const left = new Set(Array.from({ length: n - 1 }, (_, v) => v + 1));
    while (left.size > 0) {
      const at = order.at(-1)!;
      let next = -1;
      for (const v of left) if (next < 0 || cost[at * n + v]! < cost[at * n + next]!) next = v;
      order.push(next);
      left.delete(next);
    }
    const d = (a: number, b: number): number => cost[order[a % n]! * n + order[b % n]!]!;
    for (let better = true; better; ) {
      better = false;
      for (let a = 0; a < n - 1; a++) {
        for (let b = a + 2; b < n; b++) {
          if (d(a, b) + d(a + 1, b + 1) >= d(a, a + 1) + d(b, b + 1) - ROUNDING * scale) continue;
          const part = order.slice(a + 1, b + 1).reverse();
          order.splice(a + 1, part.length, ...part);
          better = true;
        }
      }
    }
    least = 0;
    for (let k = 0; k < n; k++) {
      best[k] = order[k]!;
      bestNext[k] = order[(k + 1) % n]!;
      least += d(k, k + 1);
    }
  }

  return solver({
    name: "round",
    shape: [size],
    cardinality: n,
    solve(theta, z) {
      let k = 0;
      scale = 1e-300;
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++, k++) {
          cost[i * n + j] = -theta[k]!;
          cost[j * n + i] = -theta[k]!;
          scale = Math.max(scale, Math.abs(theta[k]!));
        }
      }
      rule.fill(0);
      price.fill(0);
      firstTour();
      branch(ROOT_STEPS);
      for (let e = 0; e < n; e++) {
        const [i, j] = [Math.min(best[e]!, bestNext[e]!), Math.max(best[e]!, bestNext[e]!)];
        z[(i * (2 * n - i - 1)) / 2 + j - i - 1] = 1;
      }
    },
  });
}
