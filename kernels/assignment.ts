/**
 * The linear assignment problem as src/algorithms/assignments/linear-assignment.ts solves it over whole rows, which explains
 * it: comparisons alone, so that objects go in the lanes, and the lowest index wins in the end. The loops find least losses
 * alone; where they are is looked up afterwards, and by whom a path comes only along the path that is taken.
 *
 * Rows stand side by side, `n` values each. Objects are taken four at a time: what is read of the next row in the place of
 * one that does not exist is outweighed by its price of Infinity, whatever it is.
 */

/** Scratch of n doubles each, in whole groups of four. */
let n: i32 = 0;
let end: usize = 0;
let values: usize = 0;
let prices: usize = 0;
/** Prices in a search: Infinity for objects that were scanned. */
let open: usize = 0;
let losses: usize = 0;
/** 0 for objects without an agent, else Infinity. */
let taken: usize = 0;
/** By order of scanning: how far an object is, what its agent's losses are less than, and, as integers, which it is. */
let distances: usize = 0;
let bases: usize = 0;
let order: usize = 0;
let objectOf: usize = 0;
let agentOf: usize = 0;
let free: usize = 0;

/** The least and second least of a row's losses. */
let best: f64 = 0;
let second: f64 = 0;

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
  return values + (<usize>(i * n) << 3);
}

@inline function match(agent: i32, object: i32): void {
  setInt(objectOf, agent, object);
  setInt(agentOf, object, agent);
}

/** Writes a whole pair, as it is read soon: half a pair would have to reach memory first. */
@inline function setInPair(at: usize, i: i32, x: f64): void {
  const pair = at + (<usize>(i & ~1) << 3);
  const two = v128.load(pair);
  const here = i64x2.eq(i64x2.splat(<i64>(i & 1)), i64x2(0, 1));
  v128.store(pair, v128.bitselect(f64x2.splat(x), two, here));
}

/** The other number of the pair in each lane. */
@inline function swapped(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 0);
}

/** Without the branches of a minimum that minds zeros' signs. */
@inline function least(x: v128): f64 {
  return f64x2.extract_lane(f64x2.pmin(x, swapped(x)), 0);
}

/** The first of the losses that equals x, which there is. */
@inline function indexOf(x: f64): i32 {
  const two = f64x2.splat(x);
  let at = losses;
  let found: i32;
  do {
    const low = i64x2.bitmask(f64x2.eq(v128.load(at), two));
    found = low | (i64x2.bitmask(f64x2.eq(v128.load(at, 16), two)) << 2);
    at += 32;
  } while (!found);
  return <i32>((at - losses) >> 3) - 4 + ctz(found);
}

/** Each object's price becomes its greatest value, and `order` its first agent of that value. */
function raisePrices(): void {
  const row = <usize>n << 3;
  let at: usize = 0;
  do {
    let from = values + at;
    let high = v128.load(from);
    let high2 = v128.load(from, 16);
    let who = i64x2.splat(0);
    let who2 = who;
    let here = who;
    const next = i64x2.splat(1);
    for (let i = 1; i < n; i++) {
      from += row;
      here = i64x2.add(here, next);
      const offered = v128.load(from);
      const offered2 = v128.load(from, 16);
      // Later agents have greater numbers.
      who = i32x4.max_s(who, v128.and(here, f64x2.gt(offered, high)));
      who2 = i32x4.max_s(who2, v128.and(here, f64x2.gt(offered2, high2)));
      high = f64x2.pmax(high, offered);
      high2 = f64x2.pmax(high2, offered2);
    }
    v128.store(prices + at, high);
    v128.store(prices + at, high2, 16);
    v128.store(order + (at >> 1), v128.shuffle<i32>(who, who2, 0, 2, 4, 6));
  } while ((at += 32) < end);
}

/** What is no object is never the nearest. */
function closeRest(): void {
  for (let j = n; <usize>j << 3 < end; j++) {
    setNum(prices, j, Infinity);
    setInt(agentOf, j, 0);
  }
}

/** Returns how many agents are left in `free`. */
function reduceColumns(): i32 {
  raisePrices();
  closeRest();
  // How many objects each agent could have.
  const counts = free;
  for (let at: usize = 0; at < end >> 1; at += 16) v128.store(counts + at, i64x2.splat(0));
  // Of an agent's objects the last is its own.
  for (let j = 0; j < n; j++) {
    const i = int(order, j);
    if (num(prices, j) == -Infinity) {
      setNum(prices, j, 0);
      setInt(agentOf, j, -1);
      continue;
    }
    setInt(counts, i, int(counts, i) + 1);
    match(i, j);
  }
  for (let j = 0; j < n; j++) {
    const i = int(agentOf, j);
    if (i >= 0) setInt(agentOf, j, select(i, -1, int(objectOf, i) == j));
  }
  let left = 0;
  for (let i = 0; i < n; i++) {
    const count = int(counts, i);
    setInt(free, left, i);
    left += i32(count == 0);
    if (count != 1) continue;
    const own = int(objectOf, i);
    const price = num(prices, own);
    setNum(prices, own, Infinity);
    let low = f64x2.splat(Infinity);
    let low2 = low;
    const row = rowOf(i);
    let at: usize = 0;
    do {
      low = f64x2.pmin(low, f64x2.sub(v128.load(prices + at), v128.load(row + at)));
      low2 = f64x2.pmin(low2, f64x2.sub(v128.load(prices + at, 16), v128.load(row + at, 16)));
    } while ((at += 32) < end);
    const next = least(f64x2.pmin(low, low2));
    setNum(prices, own, next < Infinity ? price + next : price);
  }
  return left;
}

/** Writes an agent's losses and finds the two least. */
function scanRow(i: i32): void {
  const row = rowOf(i);
  let low = f64x2.splat(Infinity);
  let low2 = low;
  let next = low;
  let next2 = low;
  let at: usize = 0;
  do {
    const loss = f64x2.sub(v128.load(prices + at), v128.load(row + at));
    const loss2 = f64x2.sub(v128.load(prices + at, 16), v128.load(row + at, 16));
    v128.store(losses + at, loss);
    v128.store(losses + at, loss2, 16);
    // Never the greater where that is NaN, as beyond the last row.
    next = f64x2.pmin(next, f64x2.pmax(loss, low));
    low = f64x2.pmin(low, loss);
    next2 = f64x2.pmin(next2, f64x2.pmax(loss2, low2));
    low2 = f64x2.pmin(low2, loss2);
  } while ((at += 32) < end);
  next = f64x2.pmin(f64x2.pmin(next, next2), f64x2.pmax(low, low2));
  low = f64x2.pmin(low, low2);
  best = least(low);
  const other = f64x2.pmax(low, swapped(low));
  second = least(f64x2.pmin(other, next));
}

function reduceRows(count: i32, budget: i32): i32 {
  let left = 0;
  for (let k = 0; k < count; ) {
    const i = int(free, k++);
    scanRow(i);
    if (best == Infinity) {
      setInt(free, left++, i);
      continue;
    }
    let object = indexOf(best);
    const price = num(prices, object);
    const raised = second < Infinity ? price + (second - best) : price;
    const raise = raised > price;
    if (raise) setInPair(prices, object, raised);
    else if (second < Infinity && int(agentOf, object) >= 0) {
      setNum(losses, object, Infinity);
      object = indexOf(second);
    }
    const displaced = int(agentOf, object);
    match(i, object);
    if (displaced < 0) continue;
    if (raise && budget-- > 0) setInt(free, --k, displaced);
    else setInt(free, left++, displaced);
  }
  return left;
}

/** The place in the order of scanning, or −1 for `start`, from whose agent an object was first as near. */
@inline function reachedFrom(object: i32, distance: f64, start: i32): i32 {
  const price = num(prices, object);
  let k = -1;
  let loss = price - num(rowOf(start), object);
  while (loss != distance) {
    const agent = int(agentOf, int(order, ++k));
    loss = price - num(rowOf(agent), object) - num(bases, k);
  }
  return k;
}

function augment(start: i32): bool {
  let bound: f64;
  let scanned = 0;
  let agent = start;
  let base: f64 = 0;
  for (;;) {
    const row = rowOf(agent);
    const bases2 = f64x2.splat(base);
    let low = f64x2.splat(Infinity);
    let low2 = low;
    let ending = low;
    let ending2 = low;
    let at: usize = 0;
    if (scanned == 0) {
      do {
        const price = v128.load(prices + at);
        const price2 = v128.load(prices + at, 16);
        const now = f64x2.sub(price, v128.load(row + at));
        const now2 = f64x2.sub(price2, v128.load(row + at, 16));
        v128.store(open + at, price);
        v128.store(open + at, price2, 16);
        v128.store(losses + at, now);
        v128.store(losses + at, now2, 16);
        low = f64x2.pmin(low, now);
        low2 = f64x2.pmin(low2, now2);
        ending = f64x2.pmin(ending, f64x2.add(now, v128.load(taken + at)));
        ending2 = f64x2.pmin(ending2, f64x2.add(now2, v128.load(taken + at, 16)));
      } while ((at += 32) < end);
    } else {
      do {
        const d = f64x2.sub(f64x2.sub(v128.load(open + at), v128.load(row + at)), bases2);
        const d2 = f64x2.sub(f64x2.sub(v128.load(open + at, 16), v128.load(row + at, 16)), bases2);
        const now = f64x2.pmin(v128.load(losses + at), d);
        const now2 = f64x2.pmin(v128.load(losses + at, 16), d2);
        v128.store(losses + at, now);
        v128.store(losses + at, now2, 16);
        low = f64x2.pmin(low, now);
        low2 = f64x2.pmin(low2, now2);
        ending = f64x2.pmin(ending, f64x2.add(now, v128.load(taken + at)));
        ending2 = f64x2.pmin(ending2, f64x2.add(now2, v128.load(taken + at, 16)));
      } while ((at += 32) < end);
    }
    bound = least(f64x2.pmin(ending, ending2));
    const nearest = least(f64x2.pmin(low, low2));
    if (!(nearest < bound)) break;
    const object = indexOf(nearest);
    // As it stands there: zeros have signs.
    const distance = num(losses, object);
    agent = int(agentOf, object);
    base = num(prices, object) - num(rowOf(agent), object) - distance;
    setInt(order, scanned, object);
    setNum(distances, scanned, distance);
    setNum(bases, scanned++, base);
    setInPair(open, object, Infinity);
    setInPair(losses, object, Infinity);
  }
  if (bound == Infinity) return false;
  for (let at: usize = 0; at < end; at += 16) {
    v128.store(losses + at, f64x2.add(v128.load(losses + at), v128.load(taken + at)));
  }
  let object = indexOf(bound);
  setNum(taken, object, Infinity);
  // Along the path prices are still those of the search.
  let k = reachedFrom(object, bound, start);
  while (k >= 0) {
    const previous = int(order, k);
    const i = int(agentOf, previous);
    const from = reachedFrom(previous, num(distances, k), start);
    match(i, object);
    object = previous;
    k = from;
  }
  match(start, object);
  for (let k = 0; k < scanned; k++) {
    const object = int(order, k);
    setNum(prices, object, num(prices, object) + (bound - num(distances, k)));
  }
  return true;
}

/** Fills `objects` and `price`, in whole groups of four; false where some agent can have none. */
export function assign(value: usize, agents: i32, size: i32, scratch: usize, objects: usize, price: usize): bool {
  n = size;
  end = (<usize>n << 3) + 31 & ~31;
  values = value;
  prices = price;
  objectOf = objects;
  open = scratch;
  losses = open + end;
  taken = losses + end;
  distances = taken + end;
  bases = distances + end;
  order = bases + end;
  agentOf = order + end / 2;
  free = agentOf + end / 2;
  let count = agents;
  if (agents == n) count = reduceColumns();
  else {
    for (let i = 0; i < agents; i++) setInt(free, i, i);
    for (let j = 0; j < n; j++) {
      setInt(agentOf, j, -1);
      setNum(prices, j, 0);
    }
    closeRest();
  }
  for (let round = 0; round < 2 && count > 0; round++) count = reduceRows(count, count);
  if (count == 0) return true;
  const closed = f64x2.splat(Infinity);
  for (let at: usize = 0; at < end; at += 32) {
    const open = i32x4.lt_s(v128.load(agentOf + (at >> 1)), i64x2.splat(0));
    v128.store(taken + at, v128.andnot(closed, i64x2.extend_low_i32x4_s(open)));
    v128.store(taken + at, v128.andnot(closed, i64x2.extend_high_i32x4_s(open)), 16);
  }
  for (let k = 0; k < count; k++) if (!augment(int(free, k))) return false;
  return true;
}
