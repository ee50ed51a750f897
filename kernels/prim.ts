/**
 * Maximum spanning trees as src/algorithms/trees/prim.ts finds them, which explains it: comparisons alone, so that vertices go in
 * the lanes. Of equal weights the edge of lowest index wins: where there are such they are looked at one by one.
 *
 * The matrix of weights has rows of `stride` places, a multiple of four. What joins nothing is NaN there, and so is the best
 * edge of a vertex in the tree: neither compares.
 */

let n: i32 = 0;
let stride: usize = 0;
/** By pairs of vertices: the edges' weights, and which they are. */
let weights: usize = 0;
let edges: usize = 0;
/** By vertices outside the tree: the weight of the best edge into it, and the vertex that it comes from, as 8 bytes. */
let best: usize = 0;
let via: usize = 0;

/** The edge by which the tree reaches vertex v. */
@inline function edgeInto(v: usize): i32 {
  return load<i32>(edges + ((<usize>load<i32>(via + (v << 3)) * <usize>n + v) << 2));
}

/** Of edges as good as those that vertices have, the newest vertex's first of index. */
function settleTies(newest: i32): void {
  const row = weights + ((<usize>newest * stride) << 3);
  const own = edges + (<usize>(newest * n) << 2);
  for (let v: usize = 0; v < <usize>n; v++) {
    if (load<f64>(row + (v << 3)) != load<f64>(best + (v << 3))) continue;
    if (load<i32>(own + (v << 2)) < edgeInto(v)) store<i64>(via + (v << 3), newest);
  }
}

/** Writes the tree's edges; false where there is none. */
function grow(out: usize): bool {
  const none = f64x2.splat(-Infinity);
  const width = stride << 3;
  let i: usize = 0;
  do {
    v128.store(best + i, none);
    v128.store(via + i, i64x2.splat(0));
  } while ((i += 16) < width);
  store<f64>(best, NaN);
  for (let v = <usize>n; v < stride; v++) store<f64>(best + (v << 3), NaN);
  let newest = 0;
  for (let left = n - 1; left > 0; left--) {
    const row = weights + ((<usize>newest * stride) << 3);
    const own = i64x2.splat(newest);
    let tops = none;
    let tops2 = none;
    let tied = i64x2.splat(0);
    i = 0;
    do {
      const x = v128.load(row + i);
      const x2 = v128.load(row + i, 16);
      const y = v128.load(best + i);
      const y2 = v128.load(best + i, 16);
      const z = f64x2.pmax(y, x);
      const z2 = f64x2.pmax(y2, x2);
      tied = v128.or(tied, v128.or(f64x2.eq(x, y), f64x2.eq(x2, y2)));
      v128.store(best + i, z);
      v128.store(best + i, z2, 16);
      v128.store(via + i, v128.bitselect(own, v128.load(via + i), f64x2.gt(x, y)));
      v128.store(via + i, v128.bitselect(own, v128.load(via + i, 16), f64x2.gt(x2, y2)), 16);
      tops = f64x2.pmax(tops, z);
      tops2 = f64x2.pmax(tops2, z2);
    } while ((i += 32) < width);
    if (v128.any_true(tied)) settleTies(newest);
    tops = f64x2.pmax(tops, tops2);
    const top = max(f64x2.extract_lane(tops, 0), f64x2.extract_lane(tops, 1));
    if (top == -Infinity) return false;
    tops = f64x2.splat(top);
    let place: usize = 0;
    let edge = i32.MAX_VALUE;
    i = 0;
    do {
      // Which of 64 vertices it is, in bits: no branch has to be guessed.
      const first = i >> 3;
      const end = min(i + 512, width);
      let found: u64 = 0;
      do {
        const low = i64x2.bitmask(f64x2.eq(v128.load(best + i), tops));
        const four = low | (i64x2.bitmask(f64x2.eq(v128.load(best + i, 16), tops)) << 2);
        found |= <u64>four << ((i >> 3) - first);
      } while ((i += 32) < end);
      for (; found; found &= found - 1) {
        const v = first + <usize>ctz(found);
        const into = edgeInto(v);
        if (into > edge) continue;
        edge = into;
        place = v;
      }
    } while (i < width);
    store<i32>(out, edge);
    out += 4;
    store<f64>(best + (place << 3), NaN);
    newest = <i32>place;
  }
  return true;
}

/**
 * Best trees of rows of `size` ≥ 1 doubles: of each the n − 1 edges as integers at `out`, the first of them −1 where there is
 * none. Returns how many have none. `places` says where in the matrix each edge stands, twice, and behind these which edge
 * joins each pair of vertices.
 */
export function bestSpanningTrees(
  theta: usize,
  rows: i32,
  size: i32,
  vertices: i32,
  places: usize,
  scratch: usize,
  out: usize,
): i32 {
  n = vertices;
  stride = <usize>((n + 3) & ~3);
  weights = scratch;
  best = weights + ((<usize>n * stride) << 3);
  via = best + (stride << 3);
  edges = places + (<usize>size << 3);
  const excluded = f64x2.splat(-Infinity);
  const absent = f64x2.splat(NaN);
  let at = weights;
  do v128.store(at, absent);
  while ((at += 16) < best);
  const last = places + (<usize>size << 3);
  let without = 0;
  do {
    let place = places;
    do {
      const x = v128.load64_zero(theta);
      // All ones are NaN.
      const weight = v128.or(x, f64x2.eq(x, excluded));
      v128.store64_lane(weights + (<usize>load<i32>(place) << 3), weight, 0);
      v128.store64_lane(weights + (<usize>load<i32>(place, 4) << 3), weight, 0);
      theta += 8;
    } while ((place += 8) < last);
    if (!grow(out)) {
      store<i32>(out, -1);
      without++;
    }
    out += <usize>(n - 1) << 2;
  } while (--rows > 0);
  return without;
}
