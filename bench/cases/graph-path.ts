import { rng } from "../../src/core/rng.ts";
import type { Graph } from "../../src/structures/graph.ts";
import { graphPath } from "../../src/structures/graph-path.ts";
import type { BenchCase } from "../case.ts";

/** Roads of a square town: every crossing leads to its four neighbours, or only right and down. */
function town(side: number, oneWay: boolean): Graph {
  const edges: [number, number][] = [];
  for (let i = 0; i < side; i++) {
    for (let j = 0; j < side; j++) {
      const v = i * side + j;
      if (j + 1 < side) edges.push([v, v + 1]);
      if (i + 1 < side) edges.push([v, v + side]);
      if (!oneWay && j > 0) edges.push([v, v - 1]);
      if (!oneWay && i > 0) edges.push([v, v - side]);
    }
  }
  return { vertices: side * side, edges };
}

const rows = 16;
const r = rng(1);
const cyclic = town(30, false);
const acyclic = town(30, true);
const costs = Float64Array.from({ length: rows * cyclic.edges.length }, () => -1 - 9 * r.uniform());
/** The same costs seen from random heights: both signs, no profit on any cycle. */
const slopes = costs.map((c, i) => {
  const [u, v] = cyclic.edges[i % cyclic.edges.length]!;
  return c + 5 * (Math.sin(v) - Math.sin(u));
});
const forward = costs.slice(0, rows * acyclic.edges.length);
const out = new Float64Array(costs.length);
const outForward = new Float64Array(forward.length);
const last = cyclic.vertices - 1;
const roads = graphPath(cyclic, 0, last);
const descent = graphPath(acyclic, 0, last);

export const cases: BenchCase[] = [
  { name: "graphPath map 30x30 Dijkstra", items: rows, run: () => roads.map(costs, out) },
  { name: "graphPath map 30x30 Bellman–Ford", items: rows, run: () => roads.map(slopes, out) },
  { name: "graphPath map 30x30 acyclic", items: rows, run: () => descent.map(forward, outForward) },
  {
    name: "graphPath marginals 30x30 acyclic",
    items: rows,
    run: () => descent.marginals(forward, outForward),
  },
  {
    name: "graphPath marginalsJvp 30x30 acyclic",
    items: rows,
    run: () => descent.marginalsJvp(forward, forward, outForward),
  },
];
