import type { FloatArray, Graph, SameKind } from "../../src/index.ts";

/** Between rows of edges, as structures hold them, and vertices × vertices matrices, as networks do. */
export interface Pairs {
  /** Of each edge (i, j): factor · (m[i][j] + m[j][i]), or factor · m[i][j] where edges are directed. */
  read<A extends FloatArray>(matrices: A, factor: number): SameKind<A>;
  /** The transposed map of `read`: factor · e at [i][j], and at [j][i] where edges are undirected; 0 elsewhere. */
  write<A extends FloatArray>(edges: A, factor: number): SameKind<A>;
}

/** For a graph without parallel edges. O(vertices²) a row. */
export function pairs({ vertices, edges }: Graph, undirected: boolean): Pairs {
  const [size, square] = [edges.length, vertices * vertices];
  const forth = Int32Array.from(edges, ([i, j]) => i * vertices + j);
  const back = Int32Array.from(edges, ([i, j]) => j * vertices + i);
  return {
    read(matrices, factor) {
      const rows = matrices.length / square;
      const out = made(matrices, rows * size);
      for (let row = 0, at = 0; row < rows; row++) {
        const from = row * square;
        for (let e = 0; e < size; e++) {
          const other = undirected ? matrices[from + back[e]!]! : 0;
          out[at++] = factor * (matrices[from + forth[e]!]! + other);
        }
      }
      return out;
    },
    write(values, factor) {
      const rows = values.length / size;
      const out = made(values, rows * square);
      for (let row = 0, at = 0; row < rows; row++) {
        const to = row * square;
        for (let e = 0; e < size; e++) {
          const value = factor * values[at++]!;
          out[to + forth[e]!] = value;
          if (undirected) out[to + back[e]!] = value;
        }
      }
      return out;
    },
  };
}

function made<A extends FloatArray>(like: A, length: number): SameKind<A> {
  return new (like.constructor as new (length: number) => SameKind<A>)(length);
}
