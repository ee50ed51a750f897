/**
 * Sums over trees, two rows in the two lanes: the same in the same order as src/algorithms/trees/linear-trees.ts, which
 * explains them. Rows that doubles may not hold are left to that.
 *
 * `elements` lists the `count` ≥ 1 elements that may be in a tree, three integers each: which of a row's it is, where in a
 * matrix it stands, and which elements are scaled with it. Scratch holds, in pairs of doubles: a shift for each of 2n
 * groups, the elements' weights, n pivots, and the matrices of weights and slopes; products have n pivots' tangents and the
 * matrices of both tangents besides.
 */
import { expPair } from "./exp";
import { eliminate, eliminateTangent, gradient, gradientTangent } from "./matrix-tree";
import { addTo, loadPair, ml, plus, storePair } from "./pairs";
import { resistances, resistancesTangent, starMesh, starMeshTangent } from "./star-mesh";
import { rowKeys } from "./threefry";
import { sampleTree } from "./tree-sampler";

/** What is asked for, as sum-tree-rows.ts numbers it. */
const JVP = 1;
const LOG_PARTITION = 2;
const ENTROPY = 3;
const SAMPLE = 4;

const SAFE_SLOPE: f64 = 1e250;

let what: i32 = 0;
/** Trees: 0 undirected, 1 directed, 2 of one child of the root. */
let kind: i32 = 0;
let n: i32 = 0;
/** Bytes of a row. */
let row: usize = 0;
let elements: usize = 0;
let elementsEnd: usize = 0;
/** Whether some elements are in no tree. */
let partial: bool = false;
/** What `large` asks for. */
let least: i32 = 0;
let shifts: usize = 0;
let weights: usize = 0;
let pivots: usize = 0;
let pivotTangents: usize = 0;
let matrix: usize = 0;
let slopes: usize = 0;
/** From a matrix to its tangents. */
let toD: usize = 0;

@inline function element(at: usize): usize {
  return <usize>load<i32>(at) << 3;
}

@inline function slot(at: usize): usize {
  return <usize>load<i32>(at, 4) << 4;
}

@inline function shiftAt(at: usize): usize {
  return shifts + (<usize>load<i32>(at, 8) << 4);
}

/** Each group's largest θ of two rows; returns the sum of a tree's. */
function shift(first: usize, second: usize): v128 {
  const low = f64x2.splat(-Infinity);
  let at = elements;
  if (kind == 0) {
    let top = low;
    do top = f64x2.pmax(top, loadPair(first + element(at), second + element(at)));
    while ((at += 12) < elementsEnd);
    v128.store(shifts, top);
    return ml(f64x2.splat(<f64>(n - 1)), top);
  }
  const width = <usize>n << 4;
  const end = shifts + width;
  let k = shifts;
  do {
    v128.store(k, low);
    v128.store(k + width, low);
  } while ((k += 16) < end);
  do {
    const to = shiftAt(at);
    v128.store(to, f64x2.pmax(v128.load(to), loadPair(first + element(at), second + element(at))));
  } while ((at += 12) < elementsEnd);
  let sum = f64x2.splat(0);
  if (kind == 2) {
    let top = low;
    k = shifts + 16;
    do {
      const x = v128.load(k);
      const own = v128.andnot(x, f64x2.eq(x, low));
      v128.store(k, own);
      top = f64x2.max(top, f64x2.sub(v128.load(k + width), own));
    } while ((k += 16) < end);
    k = shifts + 16;
    do v128.store(k + width, plus(top, v128.load(k)));
    while ((k += 16) < end);
    sum = top;
  }
  k = shifts + 16;
  do sum = plus(sum, v128.load(k));
  while ((k += 16) < end);
  return sum;
}

/** Fills the matrix with the weights e^(θ − their group's largest) of two rows. */
function loadWeights(first: usize, second: usize): void {
  memory.fill(matrix, 0, <usize>(n * n) << 4);
  let at = elements;
  let to = weights;
  do {
    const theta = loadPair(first + element(at), second + element(at));
    const weight = expPair(f64x2.sub(theta, v128.load(shiftAt(at))));
    v128.store(to, weight);
    addTo(matrix + slot(at), weight);
    to += 16;
  } while ((at += 12) < elementsEnd);
}

/** Their changes along a direction. */
function loadTangents(first: usize, second: usize): void {
  memory.fill(matrix + toD, 0, <usize>(n * n) << 4);
  let at = elements;
  let from = weights;
  do {
    const weight = v128.load(from);
    const to = matrix + toD + slot(at);
    const before = v128.load(to);
    const moved = plus(before, ml(weight, loadPair(first + element(at), second + element(at))));
    v128.store(to, v128.bitselect(moved, before, f64x2.ne(weight, f64x2.splat(0))));
    from += 16;
  } while ((at += 12) < elementsEnd);
}

function writeMarginals(first: usize, second: usize): void {
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  let at = elements;
  let from = weights;
  do {
    const w = v128.load(from);
    const p = v128.and(ml(w, v128.load(slopes + slot(at))), f64x2.ne(w, zero));
    storePair(first + element(at), second + element(at), f64x2.min(f64x2.max(p, zero), one));
    from += 16;
  } while ((at += 12) < elementsEnd);
}

function writeProducts(v: usize, v2: usize, first: usize, second: usize): void {
  let at = elements;
  let from = weights;
  do {
    const w = v128.load(from);
    const to = slopes + slot(at);
    const slope = plus(ml(loadPair(v + element(at), v2 + element(at)), v128.load(to)), v128.load(to + toD));
    const change = v128.and(ml(w, slope), f64x2.ne(w, f64x2.splat(0)));
    storePair(first + element(at), second + element(at), change);
    from += 16;
  } while ((at += 12) < elementsEnd);
}

/** Σ p (θ − shift), what entropies are short of log Z. */
function energy(first: usize, second: usize): v128 {
  let sum = f64x2.splat(0);
  let at = elements;
  let from = weights;
  do {
    const w = v128.load(from);
    const x = f64x2.sub(loadPair(first + element(at), second + element(at)), v128.load(shiftAt(at)));
    const term = ml(ml(w, v128.load(slopes + slot(at))), x);
    sum = plus(sum, v128.and(term, f64x2.ne(w, f64x2.splat(0))));
    from += 16;
  } while ((at += 12) < elementsEnd);
  return sum;
}

/** The lanes, as masks, whose pivots' exponents add up to more than `least`: their slopes need no look. */
function large(): v128 {
  let sum = i64x2.splat(0);
  for (let k: usize = 1; k < <usize>n; k++) sum = i64x2.add(sum, i64x2.shr_u(v128.load(pivots + (k << 4)), 52));
  return i64x2.gt_s(sum, i64x2.splat(least));
}

/** The lanes, as masks, that are safe. */
function sums(): v128 {
  const single = kind == 2;
  if (what == JVP) {
    if (kind == 0) {
      const safe = starMeshTangent(n, matrix, toD, pivots, pivotTangents);
      const largest = resistancesTangent(n, matrix, slopes, toD, pivots, pivotTangents);
      return v128.and(safe, f64x2.lt(largest, f64x2.splat(SAFE_SLOPE)));
    }
    const safe = eliminateTangent(n, single, matrix, toD, pivots, pivotTangents);
    const largest = gradientTangent(n, single, matrix, slopes, toD, pivots, pivotTangents);
    return v128.and(safe, f64x2.lt(largest, f64x2.splat(SAFE_SLOPE)));
  }
  const safe = kind == 0 ? starMesh(n, matrix, pivots) : eliminate(n, single, matrix, pivots);
  if ((what == LOG_PARTITION || what == SAMPLE) && i64x2.all_true(large())) return safe;
  const largest =
    kind == 0 ? resistances(n, matrix, pivots, slopes) : gradient(n, single, matrix, pivots, slopes);
  return v128.and(safe, f64x2.lt(largest, f64x2.splat(SAFE_SLOPE)));
}

/** The first number of rows that are not done becomes NaN. Returns how many those are. */
@inline function flag(safe: v128, first: usize, second: usize): i32 {
  const done = i64x2.bitmask(safe);
  let undone = 0;
  if (!(done & 1)) store<f64>(first, NaN), undone++;
  if (second != first && !(done & 2)) store<f64>(second, NaN), undone++;
  return undone;
}

/** Says what is asked for, of which trees, and where everything lies; rows have `size` doubles. */
export function placeTrees(
  asked: i32,
  trees: i32,
  vertices: i32,
  size: i32,
  list: usize,
  count: i32,
  leastExponents: i32,
  scratch: usize,
): void {
  what = asked;
  kind = trees;
  n = vertices;
  row = <usize>size << 3;
  elements = list;
  elementsEnd = list + 12 * <usize>count;
  partial = count < size;
  least = leastExponents;
  shifts = scratch;
  weights = shifts + (<usize>(2 * n) << 4);
  pivots = weights + (<usize>count << 4);
  pivotTangents = pivots + (<usize>n << 4);
  matrix = what == JVP ? pivotTangents + (<usize>n << 4) : pivotTangents;
  slopes = matrix + (<usize>(n * n) << 4);
  toD = <usize>(2 * n * n) << 4;
}

/**
 * Marginals or products of rows; of log Z and entropies n doubles a row: the pivots from the second on, and first the sum of
 * the shifts, or what the entropy is short of Σ log pivots. Returns how many rows are left undone; their first number is NaN.
 */
export function treeSums(theta: usize, v: usize, rows: i32, out: usize): i32 {
  const outRow = what >= LOG_PARTITION ? <usize>n << 3 : row;
  if (partial && what < LOG_PARTITION) memory.fill(out, 0, <usize>rows * row);
  let undone = 0;
  do {
    // A row without a second goes along with itself.
    const theta2 = rows > 1 ? theta + row : theta;
    const out2 = rows > 1 ? out + outRow : out;
    const v2 = rows > 1 ? v + row : v;
    const total = shift(theta, theta2);
    loadWeights(theta, theta2);
    if (what == JVP) loadTangents(v, v2);
    const safe = sums();
    if (what == JVP) writeProducts(v, v2, out, out2);
    else if (what < JVP) writeMarginals(out, out2);
    else {
      storePair(out, out2, what == ENTROPY ? energy(theta, theta2) : total);
      for (let k: usize = 1; k < <usize>n; k++) {
        storePair(out + (k << 3), out2 + (k << 3), v128.load(pivots + (k << 4)));
      }
    }
    undone += flag(safe, out, out2);
    theta = theta2 + row;
    v = v2 + row;
    out = out2 + outRow;
    rows -= 2;
  } while (rows > 0);
  return undone;
}

/**
 * Random trees, n − 1 elements a row, each by the row's own stream; returns how many rows are left undone, whose first is −1.
 * Behind the list are the sampler's tables, behind the matrices in scratch two words a row, and up to three rows more, and what
 * the sampler needs.
 */
export function treeSamples(theta: usize, rows: i32, key0: i32, key1: i32, first: i32, out: usize): i32 {
  const keys = slopes + (<usize>(n * n) << 4);
  for (let r = 0; r < rows; r += 4) rowKeys(key0, key1, first + r, keys + (<usize>r << 3));
  const rest = keys + (<usize>((rows + 3) & ~3) << 3);
  const outRow = <usize>(n - 1) << 2;
  let undone = 0;
  for (let r = 0; r < rows; r += 2) {
    const theta2 = r + 1 < rows ? theta + row : theta;
    shift(theta, theta2);
    loadWeights(theta, theta2);
    const done = i64x2.bitmask(sums());
    for (let lane = 0; lane < 2 && r + lane < rows; lane++, out += outRow) {
      if (!((done >> lane) & 1)) {
        store<i32>(out, -1);
        undone++;
        continue;
      }
      const key = keys + (<usize>((r & ~3) << 3) | (<usize>((r & 3) + lane) << 2));
      const own = <usize>lane << 3;
      sampleTree(
        n,
        kind == 0,
        kind == 2,
        matrix + own,
        pivots + own,
        weights + own,
        elements,
        elementsEnd,
        load<i32>(key),
        load<i32>(key, 16),
        rest,
        out,
      );
    }
    theta = theta2 + row;
  }
  return undone;
}
