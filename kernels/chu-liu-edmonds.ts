/**
 * Maximum arborescences as src/algorithms/trees/chu-liu-edmonds.ts finds them, which explains them: comparisons and the same
 * differences, so that parents go in the lanes. Rows of arcs have `stride` places, an even number: what is beyond the last
 * parent is −Infinity.
 */

@unmanaged
class Node {
  /** The weight of the arc it chose, which vertex that enters, and its element. */
  chosen: f64;
  head: i32;
  element: i32;
  /** Where its row of arcs is, among all. */
  row: usize;
  state: i32;
  swallowedBy: i32;
  /** 0 or 1. */
  replaced: i32;
}

const NEW = 0;
const ON_PATH = 1;
const ROOTED = 2;

let n: i32 = 0;
let stride: usize = 0;
/** Row k holds the arcs into k by parent, as doubles, integers of 4 bytes, and integers of 8 bytes. */
let arcs: usize = 0;
let elements: usize = 0;
let heads: usize = 0;
let nodes: usize = 0;
/** Integers: the node that holds each vertex, and the path. */
let nodeOf: usize = 0;
let path: usize = 0;

@inline function node(s: i32): Node {
  return changetype<Node>(nodes + <usize>s * offsetof<Node>());
}

@inline function int(at: usize, i: i32): i32 {
  return load<i32>(at + (<usize>i << 2));
}

@inline function setInt(at: usize, i: i32, x: i32): void {
  store<i32>(at + (<usize>i << 2), x);
}

function loadArcs(theta: usize, size: i32, slots: usize): void {
  const none = f64x2.splat(-Infinity);
  let at = arcs;
  const end = arcs + <usize>n * stride * 8;
  do v128.store(at, none);
  while ((at += 16) < end);
  const last = theta + (<usize>size << 3);
  let e = 0;
  do {
    const slot = <usize>load<i32>(slots);
    const x = load<f64>(theta);
    if (x > load<f64>(arcs + (slot << 3))) {
      store<f64>(arcs + (slot << 3), x);
      store<i32>(elements + (slot << 2), e);
    }
    slots += 4;
    e++;
  } while ((theta += 8) < last);
  for (let k = 0; k < n; k++) {
    const it = node(k);
    it.row = <usize>k * stride;
    it.state = k > 0 ? NEW : ROOTED;
    it.swallowedBy = 0;
    setInt(nodeOf, k, k);
  }
}

/** Node s takes its best arc. Returns where that comes from, −1 where it has none. */
function choose(s: i32, single: bool): i32 {
  const it = node(s);
  const row = arcs + (it.row << 3);
  const end = row + (stride << 3);
  const root = load<f64>(row);
  if (single) store<f64>(row, -Infinity);
  let tops = f64x2.splat(-Infinity);
  let at = row;
  do tops = f64x2.pmax(tops, v128.load(at));
  while ((at += 16) < end);
  let top = max(f64x2.extract_lane(tops, 0), f64x2.extract_lane(tops, 1));
  let best = 0;
  if (top > -Infinity) {
    tops = f64x2.splat(top);
    at = row;
    let found: i32;
    do {
      found = i64x2.bitmask(f64x2.eq(v128.load(at), tops));
      at += 16;
    } while (!found);
    best = <i32>((at - row) >> 3) - 2 + ctz(found);
    // As it stands there: zeros have signs.
    top = load<f64>(row + (<usize>best << 3));
  } else if (single) top = root;
  if (single) store<f64>(row, root);
  if (top == -Infinity) return -1;
  const head = s < n ? s : <i32>load<i64>(heads + ((it.row + best) << 3));
  it.chosen = top;
  it.head = head;
  it.element = int(elements, head * <i32>stride + best);
  return best;
}

/** Contracts the cycle path[first …] of `count` nodes to node c. */
function contract(first: i32, count: i32, c: i32): void {
  const width = stride << 3;
  const target = node(int(path, first)).row;
  for (let p = first; p < first + count; p++) {
    const q = int(path, p);
    const it = node(q);
    it.swallowedBy = c;
    const weight = f64x2.splat(it.chosen);
    const own = i64x2.splat(q);
    const from = arcs + (it.row << 3);
    const into = arcs + (target << 3);
    const enters = heads + (it.row << 3);
    const entered = heads + (target << 3);
    let i: usize = 0;
    if (p == first) {
      do {
        v128.store(from + i, f64x2.sub(v128.load(from + i), weight));
        if (q < n) v128.store(enters + i, own);
      } while ((i += 16) < width);
      continue;
    }
    do {
      const x = f64x2.sub(v128.load(from + i), weight);
      const y = v128.load(into + i);
      const more = f64x2.gt(x, y);
      const who = q < n ? own : v128.load(enters + i);
      v128.store(into + i, v128.bitselect(x, y, more));
      v128.store(entered + i, v128.bitselect(who, v128.load(entered + i), more));
    } while ((i += 16) < width);
  }
  for (let i = 1; i < n; i++) {
    const held = node(int(nodeOf, i));
    if (held.state != ON_PATH || held.swallowedBy != c) continue;
    setInt(nodeOf, i, c);
    store<f64>(arcs + ((target + i) << 3), -Infinity);
  }
  const it = node(c);
  it.row = target;
  it.state = ON_PATH;
  it.swallowedBy = 0;
}

/** Chooses for all nodes; returns how many there are in the end, 0 where there is no tree. */
function grow(single: bool): i32 {
  let count = n;
  let rootArcs = 0;
  for (let start = 1; start < n; start++) {
    if (node(start).state != NEW) continue;
    let length = 1;
    setInt(path, 0, start);
    node(start).state = ON_PATH;
    for (;;) {
      const origin = choose(int(path, length - 1), single);
      if (origin < 0) return 0;
      if (origin == 0 && single && rootArcs++ > 0) return 0;
      const t = int(nodeOf, origin);
      const it = node(t);
      if (it.state == ROOTED) break;
      if (it.state == NEW) {
        it.state = ON_PATH;
        setInt(path, length++, t);
        continue;
      }
      let first = length - 1;
      while (int(path, first) != t) first--;
      contract(first, length - first, count);
      setInt(path, first, count++);
      length = first + 1;
    }
    for (let p = 0; p < length; p++) node(int(path, p)).state = ROOTED;
  }
  return count;
}

/**
 * Best trees of rows of `size` ≥ 1 doubles: of each the n − 1 elements as integers at `out`, the first of them −1 where
 * there is none. Returns how many have none. `slots` says where each element stands in the rows of arcs.
 */
export function bestArborescences(
  theta: usize,
  rows: i32,
  size: i32,
  vertices: i32,
  single: bool,
  slots: usize,
  scratch: usize,
  out: usize,
): i32 {
  n = vertices;
  stride = <usize>((n + 1) & ~1);
  const places = <usize>n * stride;
  arcs = scratch;
  heads = arcs + (places << 3);
  nodes = heads + (places << 3);
  elements = nodes + <usize>(2 * n) * offsetof<Node>();
  nodeOf = elements + (places << 2);
  path = nodeOf + (<usize>n << 2);
  let without = 0;
  do {
    loadArcs(theta, size, slots);
    const count = grow(single);
    if (count == 0) {
      setInt(out, 0, -1);
      without++;
    }
    for (let s = 0; s < count; s++) node(s).replaced = 0;
    let at = out;
    for (let s = count - 1; s >= 1; s--) {
      const it = node(s);
      if (it.replaced) continue;
      store<i32>(at, it.element);
      at += 4;
      for (let t = it.head; t != s; t = node(t).swallowedBy) node(t).replaced = 1;
    }
    theta += <usize>size << 3;
    out += <usize>(n - 1) << 2;
  } while (--rows > 0);
  return without;
}
