/**
 * Knapsacks with several constraints and few items, exactly, by branch and bound.
 *
 * Items are tried in descending order of value for weight, where an item's weight is the sum of the shares of the
 * capacities that it takes. Their sum is one constraint that follows from all; its linear relaxation, filled greedily in
 * that order, bounds what a branch can still gain. Worst case 2ⁿ; 32 items of which five fit take a few hundred steps.
 */
import { type Structure, solver } from "../../src/index.ts";

/** @param weights one list a constraint, each with an entry an item. */
export function sack(
  weights: readonly ArrayLike<number>[],
  capacities: ArrayLike<number>,
): Structure<undefined> {
  const items = weights[0]!.length;
  const dimensions = weights.length;
  const share = Float64Array.from({ length: items }, (_, i) =>
    weights.reduce((sum, of, d) => sum + of[i]! / capacities[d]!, 0),
  );
  const left = new Float64Array(dimensions);
  const taken = new Uint8Array(items);
  const best = new Uint8Array(items);
  const value = new Float64Array(items);
  const size = new Float64Array(items);
  let order = new Int32Array(0);
  let most = 0;

  /** Value of the relaxation of what comes from place `from` on. */
  function bound(from: number, room: number): number {
    let sum = 0;
    for (let k = from; k < order.length; k++) {
      if (size[k]! >= room) return sum + (value[k]! * room) / size[k]!;
      room -= size[k]!;
      sum += value[k]!;
    }
    return sum;
  }

  function fits(item: number): boolean {
    for (let d = 0; d < dimensions; d++) if (weights[d]![item]! > left[d]!) return false;
    return true;
  }

  function branch(from: number, sum: number, room: number): void {
    if (sum > most) {
      most = sum;
      best.set(taken);
    }
    for (let k = from; k < order.length; k++) {
      if (sum + bound(k, room) <= most) return;
      const item = order[k]!;
      if (!fits(item)) continue;
      for (let d = 0; d < dimensions; d++) left[d] = left[d]! - weights[d]![item]!;
      taken[item] = 1;
      branch(k + 1, sum + value[k]!, room - size[k]!);
      taken[item] = 0;
      for (let d = 0; d < dimensions; d++) left[d] = left[d]! + weights[d]![item]!;
    }
  }

  return solver({
    name: "sack",
    shape: [items],
    solve(theta, z) {
      const kept = Array.from(theta.keys()).filter((i) => theta[i]! > 0);
      order = Int32Array.from(kept.sort((i, j) => theta[j]! / share[j]! - theta[i]! / share[i]!));
      order.forEach((item, k) => {
        value[k] = theta[item]!;
        size[k] = share[item]!;
      });
      for (let d = 0; d < dimensions; d++) left[d] = capacities[d]!;
      best.fill(0);
      most = 0;
      branch(0, 0, dimensions);
      z.set(best);
    },
  });
}
