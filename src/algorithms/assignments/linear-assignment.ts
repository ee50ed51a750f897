/**
 * The linear assignment problem by shortest augmenting paths (Jonker and Volgenant 1987, "A shortest augmenting path
 * algorithm for dense and sparse linear assignment problems"): column reduction, reduction transfer and two rounds of
 * augmenting row reduction match most agents, a shortest augmenting path each matches the rest.
 * O(agents² · objects) at worst, a few passes over the values as a rule.
 *
 * Invariant: every matched agent's object has the least loss price[j] − value[i][j] of its row. In rectangular
 * problems price[j] ≥ 0, and exactly 0 where object j is unmatched; in square ones prices may have either sign.
 *
 * Prices only rise, so losses only rise. A row that is visited again and again therefore keeps a short list of its
 * best objects with a floor under the losses of all others, which stays valid; a search looks at the others only when
 * it comes as far as the floor.
 *
 * Hot loops read arrays through constants of their function: V8 does not keep a closure's own in registers once there
 * are two solvers.
 */
import { assignmentKernels } from "../../core/assignment-kernels.ts";
import { ARENA, ARENA_END } from "../../core/kernels.ts";
import { makeHeap } from "../graphs/heap.ts";

export interface LinearAssignment {
  /** The object of each agent. */
  readonly objectOf: Int32Array;
  /** Dual prices of the objects, finite. */
  readonly price: Float64Array;
  /** Matches every agent at the greatest total value; false where that is impossible. agents ≤ objects. */
  solve(agents: number, objects: number): boolean;
}

/** How many of its best objects a row's list aims at, and how many it can hold. */
const LISTED = 10;
const LIST_CAPACITY = 20;
/** Objects from which lists pay. */
const LISTS_FROM = 150;
/** Objects from which copying to a kernel pays. */
const WORTHWHILE = 8;

/**
 * Makes the solver for the values in `value`, agents × objects, whose rows begin every `stride` numbers; −Infinity
 * forbids a pair. Scratch: about 200 bytes for each of the maxAgents ≤ maxObjects = stride.
 */
export function linearAssignment(value: Float64Array, maxAgents: number, stride: number): LinearAssignment {
  const maxObjects = stride;
  const objectOf = new Int32Array(maxAgents);
  const agentOf = new Int32Array(maxObjects);
  const price = new Float64Array(maxObjects);
  const free = new Int32Array(maxAgents);
  const matches = new Int32Array(maxAgents);
  const list = new Int32Array(maxAgents * LIST_CAPACITY);
  const listed = new Int32Array(maxAgents);
  const floorOf = new Float64Array(maxAgents);
  const freeObjects = new Int32Array(maxObjects);
  const distance = new Float64Array(maxObjects);
  const open = new Float64Array(maxObjects);
  const before = new Int32Array(maxObjects);
  const closed = new Uint8Array(maxObjects);
  const order = new Int32Array(maxObjects);
  const candidates = new Int32Array(maxObjects + 1);
  const bases = new Float64Array(maxAgents);
  /** Objects by distance, and agents (objects + i) by the distance from which their unlisted objects count. */
  const heap = makeHeap(maxObjects + maxAgents);

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

  /** Lists a row's best objects: those below a level under which about 2 · LISTED of evenly spread losses lie. */
  function makeList(i: number, objects: number): void {
    const values = value;
    const prices = price;
    const below = candidates;
    const row = i * stride;
    let best = Infinity;
    let sum = 0;
    let allowed = 0;
    for (let j = 0; j < objects; j++) {
      const loss = prices[j]! - values[row + j]!;
      if (loss === Infinity) continue;
      if (loss < best) best = loss;
      sum += loss;
      allowed++;
    }
    const level = allowed > 0 ? best + (sum / allowed - best) * ((2 * LISTED) / allowed) : Infinity;
    // Without a branch: which objects lie below the level is unpredictable.
    let found = 0;
    for (let j = 0; j < objects; j++) {
      below[found] = j;
      found += +(prices[j]! - values[row + j]! <= level);
    }
    let floor = level;
    let count = i * LIST_CAPACITY;
    for (let k = 0; k < found; k++) {
      if (k < LIST_CAPACITY) list[count++] = below[k]!;
      else floor = Math.min(floor, prices[below[k]!]! - values[row + below[k]!]!);
    }
    listed[i] = count;
    floorOf[i] = floor;
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

  /**
   * Moves prices so that the path's pairs become tight, and matches along the path from `end` back to `start`.
   * `order` holds the objects that were scanned, `distance` how far they are, `bound` how far the end is.
   */
  function settle(start: number, end: number, scanned: number, bound: number): void {
    for (let k = 0; k < scanned; k++) price[order[k]!]! += bound - distance[order[k]!]!;
    for (let object = end, i = -1; i !== start; ) {
      i = before[object]!;
      agentOf[object] = i;
      const previous = objectOf[i]!;
      objectOf[i] = object;
      object = previous;
    }
  }

  /**
   * Dijkstra over losses from a free agent to the nearest free object, over lists first: for many objects.
   * An agent waits in the heap until the search has come as far as its list's floor; then its whole row is scanned.
   */
  function augmentByLists(start: number, objects: number): boolean {
    const values = value;
    const prices = price;
    const nearest = distance;
    const nearer = candidates;
    let freeCount = 0;
    for (let j = 0; j < objects; j++) if (agentOf[j]! < 0) freeObjects[freeCount++] = j;
    bases[start] = 0;
    nearest.fill(Infinity, 0, objects);
    closed.fill(0, 0, objects);
    heap.clear();
    let scanned = 0;
    let bound = Infinity;
    let agent = start;
    let base = 0;
    let whole = false;
    let end = -1;
    for (;;) {
      const row = agent * stride;
      if (whole) {
        for (let k = 0; k < freeCount; k++) {
          const j = freeObjects[k]!;
          const d = prices[j]! - values[row + j]! - base;
          if (d < bound) {
            bound = d;
            end = j;
            nearest[j] = d;
            before[j] = agent;
          }
        }
        let found = 0;
        for (let j = 0; j < objects; j++) {
          nearer[found] = j;
          found += +(prices[j]! - values[row + j]! - base < nearest[j]!);
        }
        for (let k = 0; k < found; k++) {
          const j = nearer[k]!;
          const d = prices[j]! - values[row + j]! - base;
          if (d >= bound || closed[j] === 1) continue;
          nearest[j] = d;
          before[j] = agent;
          heap.push(j, d);
        }
      } else {
        if (floorOf[agent] === -Infinity) makeList(agent, objects);
        for (let p = agent * LIST_CAPACITY; p < listed[agent]!; p++) {
          const j = list[p]!;
          const d = prices[j]! - values[row + j]! - base;
          if (d < nearest[j]! && d < bound && closed[j] === 0) {
            nearest[j] = d;
            before[j] = agent;
            if (agentOf[j]! < 0) {
              bound = d;
              end = j;
            } else heap.push(j, d);
          }
        }
        if (floorOf[agent]! - base < bound) heap.push(objects + agent, floorOf[agent]! - base);
      }
      const next = heap.pop();
      if (next < 0) break;
      if (next >= objects) {
        agent = next - objects;
        if (floorOf[agent]! - bases[agent]! >= bound) break;
        base = bases[agent]!;
        whole = true;
        continue;
      }
      const min = nearest[next]!;
      if (min >= bound) break;
      closed[next] = 1;
      order[scanned++] = next;
      agent = agentOf[next]!;
      base = prices[next]! - values[agent * stride + next]! - min;
      bases[agent] = base;
      whole = false;
    }
    if (end < 0) return false;
    settle(start, end, scanned, bound);
    return true;
  }

  /**
   * The same over whole rows: for few objects. Those farther than the nearest free one known so far are left out, and
   * scanned ones have an infinite price.
   */
  function augmentByRows(start: number, objects: number): boolean {
    const values = value;
    const prices = open;
    const nearest = distance;
    let bound = Infinity;
    let end = -1;
    for (let j = 0, at = start * stride; j < objects; j++, at++) {
      const p = price[j]!;
      const d = p - values[at]!;
      prices[j] = p;
      nearest[j] = d;
      if (d < bound && agentOf[j]! < 0) {
        bound = d;
        end = j;
      }
    }
    let min = bound;
    let object = -1;
    for (let j = 0; j < objects; j++) {
      before[j] = start;
      if (nearest[j]! > bound) nearest[j] = bound;
      else if (nearest[j]! < min) {
        min = nearest[j]!;
        object = j;
      }
    }
    let scanned = 0;
    while (min < bound) {
      order[scanned] = object;
      bases[scanned++] = min;
      const i = agentOf[object]!;
      const row = i * stride;
      const base = price[object]! - values[row + object]! - min;
      prices[object] = Infinity;
      nearest[object] = Infinity;
      min = bound;
      for (let j = 0; j < objects; j++) {
        const d = prices[j]! - values[row + j]! - base;
        if (d < nearest[j]! && d < bound) {
          nearest[j] = d;
          before[j] = i;
          if (agentOf[j]! < 0) {
            bound = d;
            end = j;
          }
        }
        if (nearest[j]! < min) {
          min = nearest[j]!;
          object = j;
        }
      }
    }
    if (end < 0) return false;
    for (let k = 0; k < scanned; k++) distance[order[k]!] = bases[k]!;
    settle(start, end, scanned, bound);
    return true;
  }

  /** Over whole rows by a kernel; undefined where none can. */
  function solveByKernel(agents: number, objects: number): boolean | undefined {
    const width = objects + (objects & 1);
    const valueAt = ARENA / 8;
    const scratchAt = valueAt + agents * width;
    const objectAt = scratchAt + 8 * width;
    const priceAt = objectAt + agents;
    const fits = objects > 0 && priceAt + width <= ARENA_END / 8;
    const native = fits ? assignmentKernels(objects >= WORTHWHILE) : undefined;
    if (!native) return undefined;
    const { run, f64, u32 } = native;
    if (objects === stride && width === stride) f64.set(value.subarray(0, agents * stride), valueAt);
    else {
      for (let i = 0; i < agents; i++) {
        f64[valueAt + (i + 1) * width - 1] = -Infinity;
        f64.set(value.subarray(i * stride, i * stride + objects), valueAt + i * width);
      }
    }
    if (!run.assign(8 * valueAt, agents, objects, 8 * scratchAt, 8 * objectAt, 8 * priceAt)) return false;
    for (let i = 0; i < agents; i++) objectOf[i] = u32[2 * objectAt + i]!;
    for (let j = 0; j < objects; j++) price[j] = f64[priceAt + j]!;
    return true;
  }

  return {
    objectOf,
    price,
    solve(agents, objects) {
      const byLists = objects >= LISTS_FROM;
      const found = byLists ? undefined : solveByKernel(agents, objects);
      if (found !== undefined) return found;
      objectOf.fill(-1, 0, agents);
      if (agents === objects) reduceColumns(agents);
      else {
        agentOf.fill(-1, 0, objects);
        price.fill(0, 0, objects);
      }
      if (byLists) floorOf.fill(-Infinity, 0, agents);
      let count = 0;
      for (let i = 0; i < agents; i++) if (objectOf[i]! < 0) free[count++] = i;
      for (let round = 0; round < 2 && count > 0; round++) count = reduceRows(count, objects, count);
      for (let k = 0; k < count; k++) {
        if (!(byLists ? augmentByLists(free[k]!, objects) : augmentByRows(free[k]!, objects))) return false;
      }
      return true;
    },
  };
}
