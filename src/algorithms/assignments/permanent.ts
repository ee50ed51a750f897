/**
 * Sums over all matchings of a few agents to objects, by dynamic programming over subsets of the agents: a permanent
 * of a rectangular matrix of weights, and its derivatives.
 *
 * Objects are taken in order. State (R, s): the agents in R are matched and s objects were passed over, so that
 * |R| + s objects are done. Every object is given to an agent that is not in R yet, or passed over. After a matching
 * of greatest score has been found, θ is tilted by its dual prices: weights are at most 1, the best matching weighs
 * exactly 1, and sums lie between 1 and their number of terms, so that nothing can overflow and what underflows has
 * no share in them. All terms are positive. O(2^agents · agents · (objects − agents + 1)).
 *
 * Hot loops read arrays through constants of their function: V8 does not keep a closure's own in registers once there
 * are two solvers.
 */
import type { Rng } from "../../contracts.ts";
import type { LinearAssignment } from "./linear-assignment.ts";

export interface Permanent {
  /** Prepares the sums of one instance from its best matching. Returns log of the sum over the best one's weight. */
  load(solution: LinearAssignment, agents: number, objects: number): number;
  /** out[i · stride + j] = P(agent i has object j). */
  marginals(out: Float64Array): void;
  /** out = d marginals in `direction`; both by [i · stride + j]. */
  jvp(direction: Float64Array, out: Float64Array): void;
  entropy(): number;
  /** The object of each agent in a random matching. */
  sample(rng: Rng): Int32Array;
}

/** States of the dynamic programme: what one instance of these sizes needs room for. */
export function permanentStates(agents: number, objects: number): number {
  return 2 ** agents * (objects - agents + 1);
}

/** Makes the sums for `value` as in linearAssignment, and for so many states at most. */
export function permanent(value: Float64Array, maxAgents: number, stride: number, states: number): Permanent {
  /** weight[j · agents + i] = exp of the tilted value; tilt holds its logarithm. */
  const ownWeight = new Float64Array(maxAgents * stride);
  const tilt = new Float64Array(maxAgents * stride);
  /** Weight of passing over object j: e^{−price}. */
  const pass = new Float64Array(stride);
  const logPass = new Float64Array(stride);
  /** Sums over what has been done to reach a state, and over what can be done from it; with their tangents. */
  const ownPast = new Float64Array(states);
  const ownFuture = new Float64Array(states);
  const pastSlopes = new Float64Array(states);
  const futureSlopes = new Float64Array(states);
  const slope = new Float64Array(maxAgents * stride);
  const ownMu = new Float64Array(maxAgents * stride);
  const change = new Float64Array(maxAgents * stride);
  const objectOf = new Int32Array(maxAgents);
  const best = new Int32Array(maxAgents);
  let agents = 0;
  let objects = 0;
  let spare = 0;

  /** Fills `future`: from the end, over supersets of R. */
  function sumFutures(): void {
    const future = ownFuture;
    const weight = ownWeight;
    const full = (1 << agents) - 1;
    const width = spare + 1;
    for (let set = full; set >= 0; set--) {
      const size = bitCount(set);
      for (let s = spare; s >= 0; s--) {
        const j = size + s;
        if (j === objects) {
          future[set * width + s] = 1;
          continue;
        }
        let sum = s < spare ? pass[j]! * future[set * width + s + 1]! : 0;
        for (let rest = full ^ set; rest !== 0; rest &= rest - 1) {
          const i = 31 - Math.clz32(rest & -rest);
          sum += weight[j * agents + i]! * future[(set | (rest & -rest)) * width + s]!;
        }
        future[set * width + s] = sum;
      }
    }
  }

  /** Fills `past` and adds up mu[j · agents + i], the share of the pair (i, j). */
  function sumPasts(): void {
    const past = ownPast;
    const future = ownFuture;
    const weight = ownWeight;
    const mu = ownMu;
    const full = (1 << agents) - 1;
    const width = spare + 1;
    past.fill(0, 0, (full + 1) * width);
    mu.fill(0, 0, agents * objects);
    past[0] = 1;
    const total = future[0]!;
    for (let set = 0; set <= full; set++) {
      const size = bitCount(set);
      for (let s = 0; s <= spare; s++) {
        const j = size + s;
        const here = past[set * width + s]!;
        if (j === objects || here === 0) continue;
        if (s < spare) past[set * width + s + 1]! += here * pass[j]!;
        for (let rest = full ^ set; rest !== 0; rest &= rest - 1) {
          const i = 31 - Math.clz32(rest & -rest);
          const to = (set | (rest & -rest)) * width + s;
          const step = here * weight[j * agents + i]!;
          past[to]! += step;
          mu[j * agents + i]! += step * future[to]!;
        }
      }
    }
    for (let at = 0; at < agents * objects; at++) mu[at]! /= total;
  }

  return {
    load(solution, agentCount, objectCount) {
      agents = agentCount;
      objects = objectCount;
      spare = objects - agents;
      const { price } = solution;
      best.set(solution.objectOf);
      for (let j = 0; j < objects; j++) {
        // Passing over matters, and has a price ≥ 0, only where objects are left over.
        logPass[j] = spare > 0 ? -price[j]! : 0;
        pass[j] = Math.exp(logPass[j]!);
      }
      for (let i = 0; i < agents; i++) {
        const own = best[i]!;
        for (let j = 0; j < objects; j++) {
          // Differences from the best pair, whose own tilt is thereby exactly 0.
          const t = value[i * stride + j]! - value[i * stride + own]! - (price[j]! - price[own]!);
          tilt[j * agents + i] = t;
          ownWeight[j * agents + i] = Math.exp(t);
        }
      }
      sumFutures();
      return Math.log(ownFuture[0]!);
    },

    marginals(out) {
      sumPasts();
      for (let i = 0; i < agents; i++) {
        for (let j = 0; j < objects; j++) out[i * stride + j] = ownMu[j * agents + i]!;
      }
    },

    jvp(direction, out) {
      sumPasts();
      const past = ownPast;
      const future = ownFuture;
      const pastSlope = pastSlopes;
      const futureSlope = futureSlopes;
      const weight = ownWeight;
      const full = (1 << agents) - 1;
      const width = spare + 1;
      const total = future[0]!;
      // A constant for each agent changes nothing; this one leaves no slope along the best matching.
      for (let i = 0; i < agents; i++) {
        const own = direction[i * stride + best[i]!]!;
        for (let j = 0; j < objects; j++) slope[j * agents + i] = direction[i * stride + j]! - own;
      }
      for (let set = full; set >= 0; set--) {
        const size = bitCount(set);
        for (let s = spare; s >= 0; s--) {
          const j = size + s;
          if (j === objects) {
            futureSlope[set * width + s] = 0;
            continue;
          }
          let sum = s < spare ? pass[j]! * futureSlope[set * width + s + 1]! : 0;
          for (let rest = full ^ set; rest !== 0; rest &= rest - 1) {
            const at = j * agents + 31 - Math.clz32(rest & -rest);
            const to = (set | (rest & -rest)) * width + s;
            sum += weight[at]! * (futureSlope[to]! + slope[at]! * future[to]!);
          }
          futureSlope[set * width + s] = sum;
        }
      }
      const totalSlope = futureSlope[0]! / total;
      pastSlope.fill(0, 0, (full + 1) * width);
      change.fill(0, 0, agents * objects);
      for (let set = 0; set <= full; set++) {
        const size = bitCount(set);
        for (let s = 0; s <= spare; s++) {
          const j = size + s;
          const here = past[set * width + s]!;
          const hereSlope = pastSlope[set * width + s]!;
          if (j === objects || (here === 0 && hereSlope === 0)) continue;
          if (s < spare) pastSlope[set * width + s + 1]! += hereSlope * pass[j]!;
          for (let rest = full ^ set; rest !== 0; rest &= rest - 1) {
            const at = j * agents + 31 - Math.clz32(rest & -rest);
            const to = (set | (rest & -rest)) * width + s;
            const stepSlope = weight[at]! * (hereSlope + here * slope[at]!);
            pastSlope[to]! += stepSlope;
            change[at]! += stepSlope * future[to]! + here * weight[at]! * futureSlope[to]!;
          }
        }
      }
      for (let i = 0; i < agents; i++) {
        for (let j = 0; j < objects; j++) {
          const at = j * agents + i;
          out[i * stride + j] = change[at]! / total - ownMu[at]! * totalSlope;
        }
      }
    },

    entropy() {
      sumPasts();
      let sum = Math.log(ownFuture[0]!);
      for (let j = 0; j < objects; j++) {
        let used = 0;
        for (let i = 0; i < agents; i++) {
          const share = ownMu[j * agents + i]!;
          used += share;
          if (share !== 0) sum -= share * tilt[j * agents + i]!;
        }
        if (pass[j] !== 0) sum -= (1 - used) * logPass[j]!;
      }
      return Math.max(sum, 0);
    },

    sample(rng) {
      const future = ownFuture;
      const weight = ownWeight;
      const full = (1 << agents) - 1;
      const width = spare + 1;
      let set = 0;
      let s = 0;
      for (let j = 0; j < objects && set !== full; j++) {
        let left = rng.uniform() * future[set * width + s]!;
        let taken = -1;
        if (s < spare) left -= pass[j]! * future[set * width + s + 1]!;
        if (left >= 0 || s === spare) {
          for (let rest = full ^ set; rest !== 0; rest &= rest - 1) {
            const i = 31 - Math.clz32(rest & -rest);
            const share = weight[j * agents + i]! * future[(set | (rest & -rest)) * width + s]!;
            if (share === 0) continue;
            taken = i;
            left -= share;
            if (left < 0) break;
          }
        }
        if (taken < 0) s++;
        else {
          objectOf[taken] = j;
          set |= 1 << taken;
        }
      }
      return objectOf;
    },
  };
}

/** Number of ones among 31 bits. */
function bitCount(x: number): number {
  let v = x - ((x >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
