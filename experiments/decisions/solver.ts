import { type Graph, graphPath, type Structure } from "../../src/index.ts";
import { round } from "./round.ts";
import { sack } from "./sack.ts";

/** What decides, as plain data: threads make it anew. */
export type Solver =
  | { readonly name: "path"; readonly side: number }
  | { readonly name: "sack"; readonly weights: readonly Int32Array[]; readonly capacities: readonly number[] }
  | { readonly name: "round"; readonly cities: number };

export default function makeSolver(solver: Solver): Structure<undefined> {
  switch (solver.name) {
    case "path":
      return graphPath(gridGraph(solver.side), 0, solver.side ** 2 - 1);
    case "sack":
      return sack(solver.weights, solver.capacities);
    case "round":
      return round(solver.cities);
  }
}

/** Vertices row by row; edges go right and down. */
function gridGraph(side: number): Graph {
  const edges: [number, number][] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const at = row * side + column;
      if (column + 1 < side) edges.push([at, at + 1]);
      if (row + 1 < side) edges.push([at, at + side]);
    }
  }
  return { vertices: side * side, edges };
}
