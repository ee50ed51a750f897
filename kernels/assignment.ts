/**
 * The linear assignment problem as src/algorithms/assignments/linear-assignment.ts solves it over whole rows, which explains
 * it: comparisons alone, so that two objects go in the lanes, and the lowest index wins in the end. Rows hold `width` values,
 * an even number; what stands there beyond the objects is −Infinity.
 */
const NONE: i64 = -1;

/** Scratch of `width` doubles or 64-bit integers each, but for `owners`, `free` and `order` of 32-bit integers. */
let width: i32 = 0;
let values: usize = 0;
let prices: usize = 0;
let nearest: usize = 0;
let open: usize = 0;
let before: usize = 0;
/** 0 for objects without an agent, else Infinity. */
let taken: usize = 0;
let order: usize = 0;
let bases: usize = 0;
let objectOf: usize = 0;
let agentOf: usize = 0;
let free: usize = 0;

@inline function int(at: usize, i: i32): i32 {
  return load<i32>(at + (<usize>i << 2));
}

@inline function setInt(at: usize, i: i32, x: i32): void {
  store<i32>(at + (<usize>i << 2), x);
}

@inline function num(at: usize, i: i32): f64 {
  return load<f64>(at + (<usize>i << 3));
}

@inline function setNum(at: usize, i: i32, x: f64): void {
  store<f64>(at + (<usize>i << 3), x);
}

@inline function rowOf(i: i32): usize {
  return values + (<usize>(i * width) << 3);
}

@inline function give(object: i32, agent: i32): void {
  setInt(agentOf, object, agent);
  setNum(taken, object, agent < 0 ? 0 : Infinity);
}

/** The lane with the smaller value, of equal ones that with the smaller index. */
@inline function lesser(x: v128, index: v128): i32 {
  const a = f64x2.extract_lane(x, 0);
  const b = f64x2.extract_lane(x, 1);
  return i32(b < a || (b == a && i64x2.extract_lane(index, 1) < i64x2.extract_lane(index, 0)));
}

@inline function lane(x: v128, k: i32): f64 {
  return k ? f64x2.extract_lane(x, 1) : f64x2.extract_lane(x, 0);
}

@inline function index(x: v128, k: i32): i32 {
  return <i32>(k ? i64x2.extract_lane(x, 1) : i64x2.extract_lane(x, 0));
}

function reduceColumns(n: i32): void {
  const end = <usize>width << 3;
  for (let at: usize = 0; at < end; at += 16) {
    let best = v128.load(values + at);
    let who = i64x2.splat(0);
    let from = values + at + end;
    for (let i = 1; i < n; i++, from += end) {
      const offered = v128.load(from);
      const better = f64x2.gt(offered, best);
      best = v128.bitselect(offered, best, better);
      who = v128.bitselect(i64x2.splat(i), who, better);
    }
    v128.store(prices + at, best);
    v128.store(before + at, who);
  }
  if (n & 1) setNum(prices, n, 0);
  memory.fill(order, 0, <usize>n << 2);
  for (let j = n - 1; j >= 0; j--) {
    const i = <i32>load<i64>(before + (<usize>j << 3));
    give(j, -1);
    if (num(prices, j) == -Infinity) {
      setNum(prices, j, 0);
      continue;
    }
    const count = int(order, i);
    setInt(order, i, count + 1);
    if (count > 0) continue;
    setInt(objectOf, i, j);
    give(j, i);
  }
  for (let i = 0; i < n; i++) {
    if (int(order, i) != 1) continue;
    const own = int(objectOf, i);
    const price = num(prices, own);
    setNum(prices, own, Infinity);
    let least = f64x2.splat(Infinity);
    const row = rowOf(i);
    for (let at: usize = 0; at < end; at += 16) {
      least = f64x2.pmin(least, f64x2.sub(v128.load(prices + at), v128.load(row + at)));
    }
    const second = min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1));
    setNum(prices, own, second < Infinity ? price + second : price);
  }
}

function reduceRows(count: i32, budget: i32): i32 {
  const end = <usize>width << 3;
  let left = 0;
  for (let k = 0; k < count; ) {
    const i = int(free, k++);
    const row = rowOf(i);
    let best = f64x2.splat(Infinity);
    let second = best;
    let bestAt = i64x2.splat(NONE);
    let secondAt = bestAt;
    let here = i64x2(0, 1);
    for (let at: usize = 0; at < end; at += 16) {
      const loss = f64x2.sub(v128.load(prices + at), v128.load(row + at));
      const first = f64x2.lt(loss, best);
      const next = f64x2.lt(loss, second);
      second = v128.bitselect(best, v128.bitselect(loss, second, next), first);
      secondAt = v128.bitselect(bestAt, v128.bitselect(here, secondAt, next), first);
      best = v128.bitselect(loss, best, first);
      bestAt = v128.bitselect(here, bestAt, first);
      here = i64x2.add(here, i64x2.splat(2));
    }
    const won = lesser(best, bestAt);
    const value = lane(best, won);
    let object = value < Infinity ? index(bestAt, won) : -1;
    if (object < 0) {
      setInt(free, left++, i);
      continue;
    }
    // The second is the winning lane's, or the other lane's best.
    const a = lane(second, won);
    const b = lane(best, 1 - won);
    const aAt = index(secondAt, won);
    const bAt = index(bestAt, 1 - won);
    const fromOther = b < a || (b == a && bAt < aAt);
    const runnerUp = fromOther ? b : a;
    const runnerUpAt = runnerUp < Infinity ? (fromOther ? bAt : aAt) : -1;
    const price = num(prices, object);
    const raised = runnerUp < Infinity ? price + (runnerUp - value) : price;
    const raise = raised > price;
    if (raise) setNum(prices, object, raised);
    else if (int(agentOf, object) >= 0 && runnerUpAt >= 0) object = runnerUpAt;
    const displaced = int(agentOf, object);
    setInt(objectOf, i, object);
    give(object, i);
    if (displaced < 0) continue;
    if (raise && budget-- > 0) setInt(free, --k, displaced);
    else setInt(free, left++, displaced);
  }
  return left;
}

function augment(start: i32): bool {
  const end = <usize>width << 3;
  memory.copy(open, prices, end);
  const from = i64x2.splat(start);
  const none = f64x2.splat(Infinity);
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(nearest + at, none);
    v128.store(before + at, from);
  }
  let bound: f64 = Infinity;
  let last = -1;
  let scanned = 0;
  let agent = start;
  let base: f64 = 0;
  for (;;) {
    const row = rowOf(agent);
    const who = i64x2.splat(agent);
    const bases2 = f64x2.splat(base);
    let least = f64x2.splat(bound);
    let leastAt = i64x2.splat(NONE);
    let ending = least;
    let endingAt = leastAt;
    let here = i64x2(0, 1);
    for (let at: usize = 0; at < end; at += 16) {
      const d = f64x2.sub(f64x2.sub(v128.load(open + at), v128.load(row + at)), bases2);
      const known = v128.load(nearest + at);
      const nearer = f64x2.lt(d, known);
      const now = v128.bitselect(d, known, nearer);
      v128.store(nearest + at, now);
      v128.store(before + at, v128.bitselect(who, v128.load(before + at), nearer));
      const less = f64x2.lt(now, least);
      least = v128.bitselect(now, least, less);
      leastAt = v128.bitselect(here, leastAt, less);
      const ends = f64x2.lt(f64x2.add(now, v128.load(taken + at)), ending);
      ending = v128.bitselect(now, ending, ends);
      endingAt = v128.bitselect(here, endingAt, ends);
      here = i64x2.add(here, i64x2.splat(2));
    }
    const ender = lesser(ending, endingAt);
    if (lane(ending, ender) < bound) {
      bound = lane(ending, ender);
      last = index(endingAt, ender);
    }
    const next = lesser(least, leastAt);
    const distance = lane(least, next);
    if (!(distance < bound)) break;
    const object = index(leastAt, next);
    setInt(order, scanned, object);
    setNum(bases, scanned++, distance);
    agent = int(agentOf, object);
    base = num(prices, object) - num(rowOf(agent), object) - distance;
    setNum(open, object, Infinity);
    setNum(nearest, object, Infinity);
  }
  if (last < 0) return false;
  for (let k = 0; k < scanned; k++) {
    const object = int(order, k);
    setNum(prices, object, num(prices, object) + (bound - num(bases, k)));
  }
  for (let object = last, i = -1; i != start; ) {
    i = <i32>load<i64>(before + (<usize>object << 3));
    give(object, i);
    const previous = int(objectOf, i);
    setInt(objectOf, i, object);
    object = previous;
  }
  return true;
}

/** Fills `objects` and `price`; false where some agent can have none. */
export function assign(value: usize, agents: i32, n: i32, scratch: usize, objects: usize, price: usize): bool {
  width = (n + 1) & ~1;
  values = value;
  prices = price;
  objectOf = objects;
  const step = <usize>width << 3;
  nearest = scratch;
  open = nearest + step;
  before = open + step;
  taken = before + step;
  bases = taken + step;
  order = bases + step;
  agentOf = order + step;
  free = agentOf + step;
  for (let i = 0; i < agents; i++) setInt(objectOf, i, -1);
  // What is no object is never free.
  setNum(taken, width - 1, Infinity);
  setNum(prices, width - 1, 0);
  if (agents == n) reduceColumns(n);
  else {
    for (let j = 0; j < n; j++) {
      give(j, -1);
      setNum(prices, j, 0);
    }
  }
  let count = 0;
  for (let i = 0; i < agents; i++) if (int(objectOf, i) < 0) setInt(free, count++, i);
  for (let round = 0; round < 2 && count > 0; round++) count = reduceRows(count, count);
  for (let k = 0; k < count; k++) if (!augment(int(free, k))) return false;
  return true;
}
