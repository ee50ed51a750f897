/** MAP on instances too large for enumeration, against HiGHS on a formulation of its own. Trees: tree-solvers.test.ts. */
import { describe, expect, test } from "vitest";
import { dot } from "../src/conformance/enumerate.ts";
import { rng } from "../src/core/rng.ts";
import type { IlpModel } from "../src/solvers/ilp.ts";
import { ilp, loadHighs } from "../src/solvers/ilp.ts";
import { graphPath } from "../src/structures/graph-path.ts";
import { gridPath } from "../src/structures/grid-path.ts";
import { knapsack } from "../src/structures/knapsack.ts";
import { matching } from "../src/structures/matching.ts";
import { minimizing } from "../src/structures/minimizing.ts";
import { expectClose } from "./golden.ts";

const highs = await loadHighs();
const tolerance = { rel: 1e-9, abs: 1e-9 };

/** The best score of a program. */
function bestScore(model: IlpModel, theta: Float64Array): number {
  const program = ilp(highs, model);
  const z = new Float64Array(theta.length);
  program.map(theta, z);
  program.dispose();
  return dot(z, theta);
}

/** A path as a unit of flow: what leaves a vertex less what enters it. */
function flow(
  vertices: number,
  edges: readonly (readonly [number, number])[],
  source: number,
  target: number,
): IlpModel {
  const terms = Array.from({ length: vertices }, (): [number, number][] => []);
  edges.forEach(([u, v], e) => {
    if (u === v) return;
    terms[u]!.push([e, 1]);
    terms[v]!.push([e, -1]);
  });
  return {
    variables: edges.map(([u, v]) => ({ atMost: u === v ? 0 : 1 })),
    constraints: terms.map((t, v) => ({ terms: t, equals: v === source ? 1 : v === target ? -1 : 0 })),
  };
}

function randomEdges(r: ReturnType<typeof rng>, vertices: number, count: number): [number, number][] {
  const any = (): number => Math.floor(vertices * r.uniform());
  const chain = Array.from({ length: vertices - 1 }, (_, v): [number, number] => [v, v + 1]);
  return [...chain, ...Array.from({ length: count }, (): [number, number] => [any(), any()])];
}

describe("paths", () => {
  test("Dijkstra on graphs with cycles", () => {
    const r = rng(1);
    for (const vertices of [30, 120]) {
      const edges = randomEdges(r, vertices, 4 * vertices);
      const theta = Float64Array.from(edges, () => -r.exponential());
      const z = theta.slice();
      graphPath({ vertices, edges }, 0, vertices - 1).map(theta, z);
      expectClose(dot(z, theta), bestScore(flow(vertices, edges, 0, vertices - 1), theta), tolerance);
    }
  });

  test("Bellman–Ford where costs have either sign but no cycle pays", () => {
    const r = rng(2);
    const vertices = 80;
    const edges = randomEdges(r, vertices, 320);
    const height = Float64Array.from({ length: vertices }, () => 5 * r.normal());
    const theta = Float64Array.from(edges, ([u, v]) => height[v]! - height[u]! - r.exponential());
    const z = theta.slice();
    const path = graphPath({ vertices, edges }, 3, 40);
    path.map(theta, z);
    expect(path.report!()).toEqual({ clampedCosts: 0, bellmanFordRows: 1 });
    expectClose(dot(z, theta), bestScore(flow(vertices, edges, 3, 40), theta), tolerance);
  });

  test("topological relaxation with weights of either sign", () => {
    const r = rng(3);
    const vertices = 100;
    const edges = randomEdges(r, vertices, 500).map(([u, v]): [number, number] => [
      Math.min(u, v),
      Math.max(u, v),
    ]);
    const theta = Float64Array.from(edges, () => r.normal());
    const z = theta.slice();
    graphPath({ vertices, edges }, 0, vertices - 1).map(theta, z);
    expectClose(dot(z, theta), bestScore(flow(vertices, edges, 0, vertices - 1), theta), tolerance);
  });

  test("gridPath as a path over edges that cost what the cell that they enter costs", () => {
    const r = rng(4);
    const [rows, cols] = [9, 11];
    const costs = Float64Array.from({ length: rows * cols }, () => r.exponential());
    const edges: [number, number][] = [];
    for (let a = 0; a < rows * cols; a++) {
      for (let b = 0; b < rows * cols; b++) {
        const apart = Math.max(
          Math.abs(Math.floor(a / cols) - Math.floor(b / cols)),
          Math.abs((a % cols) - (b % cols)),
        );
        if (apart === 1) edges.push([a, b]);
      }
    }
    const theta = Float64Array.from(edges, ([, to]) => -costs[to]!);
    const z = costs.slice();
    minimizing(gridPath(rows, cols)).map(costs, z);
    const best = bestScore(flow(rows * cols, edges, 0, rows * cols - 1), theta);
    expectClose(dot(z, costs), costs[0]! - best, tolerance);
  });
});

describe("matchings and knapsacks", () => {
  test("matching, square and rectangular, with forbidden pairs", () => {
    const r = rng(5);
    for (const [rows, cols] of [
      [25, 25],
      [12, 40],
      [40, 12],
    ] as const) {
      const theta = Float64Array.from({ length: rows * cols }, () =>
        r.uniform() < 0.1 ? -Infinity : 10 * r.normal(),
      );
      const z = theta.slice();
      matching(rows, cols).map(theta, z);
      const line = (count: number, full: boolean, entry: (k: number) => number) => {
        const terms = Array.from({ length: count }, (_, k): [number, number] => [entry(k), 1]);
        return full ? { terms, equals: 1 } : { terms, atMost: 1 };
      };
      const model: IlpModel = {
        variables: rows * cols,
        constraints: [
          ...Array.from({ length: rows }, (_, i) => line(cols, rows <= cols, (j) => i * cols + j)),
          ...Array.from({ length: cols }, (_, j) => line(rows, cols <= rows, (i) => i * cols + j)),
        ],
      };
      expectClose(dot(z, theta), bestScore(model, theta), tolerance);
    }
  });

  test("knapsack", () => {
    const r = rng(6);
    for (const items of [20, 40]) {
      const weights = Array.from({ length: items }, () => 1 + Math.floor(60 * r.uniform()));
      const capacity = Math.floor(weights.reduce((a, b) => a + b) / 3);
      const theta = Float64Array.from({ length: items }, () => r.normal());
      const z = theta.slice();
      knapsack(weights, capacity).map(theta, z);
      const model = { variables: items, constraints: [{ terms: weights, atMost: capacity }] };
      expectClose(dot(z, theta), bestScore(model, theta), tolerance);
    }
  });
});
