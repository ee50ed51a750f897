/**
 * Random trees of one of two rows, going back through their elimination: the same draws as src/algorithms/trees/tree-sampler.ts,
 * which explains them. Matrices, pivots and weights hold pairs of doubles, one of them the row's.
 */
import { threefryWords } from "./threefry";

/** Counters whose words are made at once. */
const AHEAD: i32 = 8;

let n: i32 = 0;
let undirected: bool = false;
let matrix: usize = 0;
let pivots: usize = 0;
let weights: usize = 0;
/** The first element of each place in the matrix, and the next one of the same place: −1 for none. */
let first: usize = 0;
let next: usize = 0;
/** By vertex, the last two by place: tree-sampler.ts says what they hold. */
let parents: usize = 0;
let origins: usize = 0;
let elements: usize = 0;
let counts: usize = 0;
let hangs: usize = 0;
let order: usize = 0;
let loose: usize = 0;
/** The row's stream: its key, the counter of the next block, and words made ahead. */
let key0: i32 = 0;
let key1: i32 = 0;
let counter: i32 = 0;
let words: usize = 0;
let word: usize = 0;

function uniform(): f64 {
  if (word == words + (AHEAD << 3)) {
    threefryWords(key0, key1, counter, AHEAD, words);
    counter += AHEAD;
    word = words;
  }
  const high = load<u32>(word) >> 6;
  const low = load<u32>(word, 4) >> 6;
  word += 8;
  return (<f64>high * 67108864 + <f64>low + 0.5) * (1 / 4503599627370496);
}

/** An entry of an array by vertex. */
@inline function read(array: usize, v: i32): i32 {
  return load<i32>(array + (<usize>v << 2));
}

@inline function write(array: usize, v: i32, x: i32): void {
  store<i32>(array + (<usize>v << 2), x);
}

@inline function entry(row: i32, column: i32): f64 {
  return load<f64>(matrix + (<usize>(row * n + column) << 4));
}

@inline function pivot(k: i32): f64 {
  return load<f64>(pivots + (<usize>k << 4));
}

@inline function arc(k: i32, j: i32): f64 {
  return undirected ? entry(k, j) * pivot(k) : entry(j, k);
}

function hang(i: i32, j: i32, k: i32, t: f64): void {
  write(parents, j, i);
  write(origins, j, 0);
  for (let e = read(first, undirected && i > j ? i * n + j : j * n + i); e >= 0; e = read(next, e)) {
    const x = load<f64>(weights + (<usize>e << 4));
    if (x == 0) continue;
    write(elements, j, e);
    t -= x;
    if (t < 0) return;
  }
  const stride = <usize>n << 4;
  const both = undirected;
  const end = pivots + stride;
  let at = pivots + (<usize>(k + 1) << 4);
  let row = matrix + <usize>(k + 1) * stride;
  let arcs = both ? row + (<usize>j << 4) : matrix + <usize>j * stride + (<usize>(k + 1) << 4);
  const step: usize = both ? stride : 16;
  row += <usize>i << 4;
  let by: usize = 0;
  for (; at < end && t >= 0; at += 16, row += stride, arcs += step) {
    const w = load<f64>(arcs);
    const x = (both ? w * load<f64>(at) : w) * load<f64>(row);
    if (x == 0) continue;
    by = at;
    t -= x;
  }
  if (by == 0) return;
  const l = <i32>((by - pivots) >> 4);
  write(origins, j, l);
  write(counts, l, read(counts, l) + 1);
}

function cut(k: i32): i32 {
  const ofParents = parents;
  const ofOrigins = origins;
  const ofHangs = hangs;
  const ofOrder = order;
  let to = ofOrder + 4;
  let other = loose;
  const end = ofOrder + (<usize>k << 2);
  for (let at = ofOrder + 4; at < end; at += 4) {
    const v = load<i32>(at);
    const hung = i32(read(ofOrigins, v) != k) & read(ofHangs, read(ofParents, v));
    write(ofHangs, v, hung);
    store<i32>(to, v);
    store<i32>(other, v);
    to += hung << 2;
    other += 4 - (hung << 2);
  }
  // A few: memory.copy is a call of its own.
  for (let from = loose, at = to + 4; from < other; from += 4, at += 4) store<i32>(at, load<i32>(from));
  return <i32>((to - ofOrder) >> 2);
}

function sample(single: bool): void {
  for (let k = 1; k < n; k++) write(counts, k, 0);
  write(hangs, 0, 1);
  write(order, 0, 0);
  for (let k = 1; k < n; k++) {
    const row = matrix + (<usize>(k * n) << 4);
    const rooted = read(counts, k) == 0 ? k : cut(k);
    write(order, rooted, k);
    const start = order + (<usize>(single && rooted > 1) << 2);
    const end = order + (<usize>rooted << 2);
    let total: f64 = 1;
    if (rooted < k) {
      total = 0;
      for (let at = start; at < end; at += 4) total += load<f64>(row + (<usize>load<i32>(at) << 4));
    }
    let t = uniform() * total;
    let parent = 0;
    for (let at = start; at < end; at += 4) {
      const p = load<f64>(row + (<usize>load<i32>(at) << 4));
      if (p == 0) continue;
      parent = load<i32>(at);
      if (t < p) break;
      t -= p;
    }
    hang(parent, k, k, t * pivot(k));
    for (let at = rooted + 1; at <= k; at++) {
      const j = read(order, at);
      if (read(origins, j) == k) hang(k, j, k, uniform() * arc(k, j));
    }
  }
}

/**
 * Writes the elements of a random tree to `out`, n − 1 integers. `list` has three integers an element, `placed` the tables `first`,
 * of n², and `next`; scratch is 7n integers and 64 bytes.
 */
export function sampleTree(
  vertices: i32,
  symmetric: bool,
  single: bool,
  ofMatrix: usize,
  ofPivots: usize,
  ofWeights: usize,
  list: usize,
  placed: usize,
  ofKey0: i32,
  ofKey1: i32,
  scratch: usize,
  out: usize,
): void {
  n = vertices;
  undirected = symmetric;
  matrix = ofMatrix;
  pivots = ofPivots;
  weights = ofWeights;
  first = placed;
  next = first + (<usize>(n * n) << 2);
  const width = <usize>n << 2;
  words = scratch;
  parents = words + (AHEAD << 3);
  origins = parents + width;
  elements = origins + width;
  counts = elements + width;
  hangs = counts + width;
  order = hangs + width;
  loose = order + width;
  key0 = ofKey0;
  key1 = ofKey1;
  counter = 0;
  word = parents;
  sample(single);
  for (let k = 1; k < n; k++, out += 4) store<i32>(out, load<i32>(list + 12 * <usize>read(elements, k)));
}
