/**
 * The linear assignment problem by shortest augmenting paths (Jonker and Volgenant 1987, "A shortest augmenting path
 * algorithm for dense and sparse linear assignment problems"): column reduction, reduction transfer and two rounds of
 * augmenting row reduction match most agents, a shortest augmenting path each matches the rest.
 * O(agents² · objects) at worst, a few passes over the values as a rule.
 *
 * Invariant: every matched agent's object has the least loss price[j] − value[i][j] of its row. In rectangular
 * problems price[j] ≥ 0, and exactly 0 where object j is unmatched; in square ones prices may have either sign.
 *
 * Hot loops read arrays through constants of their function: V8 does not keep a closure's own in registers once there
 * are two solvers.
 */
import { assignmentKernels } from "../../core/assignment-kernels.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";

export interface LinearAssignment {
  /** The object of each agent. */
  readonly objectOf: Int32Array;
  /** Dual prices of the objects, finite. */
  readonly price: Float64Array;
  /** Matches every agent at the greatest total value; false where that is impossible. agents ≤ objects. */
  solve(agents: number, objects: number): boolean;
}

/** Objects from which copying to a kernel pays. */
const WORTHWHILE = 8;

/**
 * Makes the solver for the values in `value`, agents × objects, whose rows begin every `stride` numbers; −Infinity
 * forbids a pair. Scratch: about 50 bytes for each of the maxAgents ≤ maxObjects = stride.
 */
export function linearAssignment(value: Float64Array, maxAgents: number, stride: number): LinearAssignment {
  const maxObjects = stride;
  const objectOf = new Int32Array(maxAgents);
  const agentOf = new Int32Array(maxObjects);
  const price = new Float64Array(maxObjects);
  const free = new Int32Array(maxAgents);
  const matches = new Int32Array(maxAgents);
  const nearest = new Float64Array(maxObjects);
  const open = new Float64Array(maxObjects);
  const before = new Int32Array(maxObjects);
  const order = new Int32Array(maxObjects);
  const distances = new Float64Array(maxAgents);

  /** Gives each object to the agent who values it most, if that one has none yet; square problems only. */
  function reduceColumns(n: number): void {
    const values = value;
    const prices = price;
    const owner = agentOf;
    for (let j = 0; j < n; j++) {
      prices[j] = values[j]!;
      owner[j] = 0;
    }
    // Four agents at once: a pass reads and writes prices a quarter as often.
    let i = 1;
    for (; i + 3 < n; i += 4) {
      const row = i * stride;
      const row1 = row + stride;
      const row2 = row1 + stride;
      const row3 = row2 + stride;
      for (let j = 0; j < n; j++) {
        let best = prices[j]!;
        let who = -1;
        const a = values[row + j]!;
        const b = values[row1 + j]!;
        const c = values[row2 + j]!;
        const d = values[row3 + j]!;
        if (a > best) {
          best = a;
          who = i;
        }
        if (b > best) {
          best = b;
          who = i + 1;
        }
        if (c > best) {
          best = c;
          who = i + 2;
        }
        if (d > best) {
          best = d;
          who = i + 3;
        }
        if (who >= 0) {
          prices[j] = best;
          owner[j] = who;
        }
      }
    }
    for (; i < n; i++) {
      const row = i * stride;
      for (let j = 0; j < n; j++) {
        const offered = values[row + j]!;
        if (offered > prices[j]!) {
          prices[j] = offered;
          owner[j] = i;
        }
      }
    }
    matches.fill(0, 0, n);
    for (let j = n - 1; j >= 0; j--) {
      const i = owner[j]!;
      if (prices[j] === -Infinity) {
        prices[j] = 0;
        owner[j] = -1;
      } else if (matches[i]!++ === 0) objectOf[i] = j;
      else owner[j] = -1;
    }
    for (let i = 0; i < n; i++) if (matches[i] === 1) transferReduction(i, n);
  }

  /** Raises the price of an agent's object until the second best object is as good. */
  function transferReduction(i: number, n: number): void {
    const values = value;
    const prices = price;
    const own = objectOf[i]!;
    let second = Infinity;
    for (let j = 0, at = i * stride; j < n; j++, at++) {
      const loss = prices[j]! - values[at]!;
      if (loss < second && j !== own) second = loss;
    }
    if (second < Infinity) prices[own]! += second;
  }

  /** One round over the free agents; returns how many stay free. */
  function reduceRows(count: number, objects: number, budget: number): number {
    const values = value;
    const prices = price;
    let left = 0;
    for (let k = 0; k < count; ) {
      const i = free[k++]!;
      let best = Infinity;
      let second = Infinity;
      let bestObject = -1;
      let secondObject = -1;
      const row = i * stride;
      for (let j = 0; j < objects; j++) {
        const loss = prices[j]! - values[row + j]!;
        if (loss < second) {
          if (loss < best) {
            second = best;
            secondObject = bestObject;
            best = loss;
            bestObject = j;
          } else {
            second = loss;
            secondObject = j;
          }
        }
      }
      if (bestObject < 0) {
        free[left++] = i;
        continue;
      }
      const raised = second < Infinity ? prices[bestObject]! + (second - best) : prices[bestObject]!;
      const raise = raised > prices[bestObject]!;
      if (raise) prices[bestObject] = raised;
      else if (agentOf[bestObject]! >= 0 && secondObject >= 0) bestObject = secondObject;
      const displaced = agentOf[bestObject]!;
      objectOf[i] = bestObject;
      agentOf[bestObject] = i;
      if (displaced < 0) continue;
      // Tiny price steps may chase each other for long: the budget sends the rest to the augmenting paths.
      if (raise && budget-- > 0) free[--k] = displaced;
      else free[left++] = displaced;
    }
    return left;
  }

  /** Dijkstra over losses from a free agent to the nearest free object; scanned objects have an infinite price. */
  function augment(start: number, objects: number): boolean {
    const values = value;
    const prices = open;
    prices.set(price.subarray(0, objects));
    nearest.fill(Infinity, 0, objects);
    let bound = Infinity;
    let scanned = 0;
    for (let agent = start, base = 0; ; ) {
      const row = agent * stride;
      let min = Infinity;
      let object = -1;
      for (let j = 0; j < objects; j++) {
        const d = prices[j]! - values[row + j]! - base;
        if (d <= bound && d < nearest[j]!) {
          nearest[j] = d;
          before[j] = agent;
          if (agentOf[j]! < 0) bound = d;
        }
        if (nearest[j]! < min) {
          min = nearest[j]!;
          object = j;
        }
      }
      if (!(min < bound)) break;
      order[scanned] = object;
      distances[scanned++] = min;
      agent = agentOf[object]!;
      base = price[object]! - values[agent * stride + object]! - min;
      prices[object] = Infinity;
      nearest[object] = Infinity;
    }
    if (bound === Infinity) return false;
    let object = 0;
    while (agentOf[object]! >= 0 || nearest[object]! !== bound) object++;
    // The path's pairs become those of least loss.
    for (let k = 0; k < scanned; k++) price[order[k]!]! += bound - distances[k]!;
    for (let i = -1; i !== start; ) {
      i = before[object]!;
      agentOf[object] = i;
      const previous = objectOf[i]!;
      objectOf[i] = object;
      object = previous;
    }
    return true;
  }

  /** By a kernel; undefined where none can. */
  function solveByKernel(agents: number, objects: number): boolean | undefined {
    const width = (objects + 3) & ~3;
    const scratchAt = ARENA / 8 + agents * objects;
    const objectAt = scratchAt + 7 * width;
    const priceAt = objectAt + agents;
    const fits = objects > 0 && priceAt + width <= ARENA_END / 8;
    const native = fits ? assignmentKernels(objects >= WORTHWHILE) : undefined;
    if (!native) return undefined;
    const { run, f64, u32 } = native;
    if (objects === stride) f64.set(value.subarray(0, agents * stride), ARENA / 8);
    else {
      for (let i = 0; i < agents; i++) {
        f64.set(value.subarray(i * stride, i * stride + objects), ARENA / 8 + i * objects);
      }
    }
    if (!run.assign(ARENA, agents, objects, 8 * scratchAt, 8 * objectAt, 8 * priceAt)) return false;
    for (let i = 0; i < agents; i++) objectOf[i] = u32[2 * objectAt + i]!;
    for (let j = 0; j < objects; j++) price[j] = f64[priceAt + j]!;
    return true;
  }

  return {
    objectOf,
    price,
    solve(agents, objects) {
      const found = solveByKernel(agents, objects);
      if (found !== undefined) return found;
      objectOf.fill(-1, 0, agents);
      if (agents === objects) reduceColumns(agents);
      else {
        agentOf.fill(-1, 0, objects);
        price.fill(0, 0, objects);
      }
      let count = 0;
      for (let i = 0; i < agents; i++) if (objectOf[i]! < 0) free[count++] = i;
      for (let round = 0; round < 2 && count > 0; round++) count = reduceRows(count, objects, count);
      for (let k = 0; k < count; k++) if (!augment(free[k]!, objects)) return false;
      return true;
    },
  };
}
