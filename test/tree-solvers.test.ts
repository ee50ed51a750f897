/** MAP of the tree structures on instances too large for enumeration, against a mixed-integer solver. */
import highs from "highs";
import { expect, test } from "vitest";
import { dot } from "../src/conformance/enumerate.ts";
import { rng } from "../src/core/rng.ts";
import { arborescence } from "../src/structures/arborescence.ts";
import { dependencyTree } from "../src/structures/dependency-tree.ts";
import { completeGraph } from "../src/structures/graph.ts";
import { spanningTree } from "../src/structures/spanning-tree.ts";
import { expectClose } from "./golden.ts";

type Arc = readonly [from: number, to: number, weight: number];

/** The best tree away from vertex 0, by a unit of flow from there to each other vertex over the chosen arcs. */
async function bestScore(n: number, arcs: readonly Arc[], single: boolean): Promise<number> {
  // The package's types describe its CommonJS build; its ES module exports the loader itself.
  const solver = await (highs as unknown as typeof highs.default)();
  const sum = (terms: string[]) => terms.map((t) => `+ ${t}`).join(" ") || "0 x0";
  const rows: string[] = [];
  for (let k = 1; k < n; k++) {
    rows.push(`${sum(arcs.flatMap(([, to], a) => (to === k ? [`x${a}`] : [])))} = 1`);
    arcs.forEach((_, a) => {
      rows.push(`x${a} - f${k}_${a} >= 0`);
    });
    for (let v = 1; v < n; v++) {
      const out = arcs.flatMap(([from], a) => (from === v ? [`- f${k}_${a}`] : []));
      const into = arcs.flatMap(([, to], a) => (to === v ? [`+ f${k}_${a}`] : []));
      rows.push(`${[...into, ...out].join(" ")} = ${v === k ? 1 : 0}`);
    }
  }
  if (single) rows.push(`${sum(arcs.flatMap(([from], a) => (from === 0 ? [`x${a}`] : [])))} = 1`);
  const score = arcs.map(([, , w], a) => `${w < 0 ? "-" : "+"} ${Math.abs(w)} x${a}`).join(" ");
  const model = `Maximize\n obj: ${score}\nSubject To\n${rows.map((r, i) => ` c${i}: ${r}`).join("\n")}\nBinary\n ${arcs.map((_, a) => `x${a}`).join(" ")}\nEnd`;
  const solution = solver.solve(model, { mip_rel_gap: 0, mip_abs_gap: 0 });
  expect(solution.Status).toBe("Optimal");
  return solution.ObjectiveValue;
}

const r = rng(61);
/** Multiples of 1/64 are written to the model in full. */
const weight = (): number => Math.round(64 * r.normal()) / 64;
const tolerance = { rel: 1e-9, abs: 1e-9 };

test("spanningTree has the score that HiGHS finds", async () => {
  const graph = completeGraph(9);
  const theta = Float64Array.from(graph.edges, weight);
  const z = new Float64Array(theta.length);
  spanningTree(graph).map(theta, z);
  // Either way along an edge, but not back to vertex 0.
  const arcs = graph.edges.flatMap(([i, j], e): Arc[] => {
    const away: Arc = [i, j, theta[e]!];
    return i === 0 ? [away] : [away, [j, i, theta[e]!]];
  });
  expectClose(dot(z, theta), await bestScore(9, arcs, false), tolerance);
});

test("arborescence has the score that HiGHS finds, on dense and on sparse graphs", async () => {
  for (const share of [1, 0.25]) {
    const n = share === 1 ? 9 : 14;
    const edges: [number, number][] = [];
    for (let i = 0; i < n; i++) {
      for (let j = 1; j < n; j++) if (j === i + 1 || (i !== j && r.uniform() < share)) edges.push([i, j]);
    }
    const theta = Float64Array.from(edges, weight);
    const z = new Float64Array(theta.length);
    arborescence({ vertices: n, edges }, 0).map(theta, z);
    const arcs = edges.map(([i, j], e): Arc => [i, j, theta[e]!]);
    expectClose(dot(z, theta), await bestScore(n, arcs, false), tolerance);
  }
});

test("dependencyTree has the score that HiGHS finds, with any number of roots and with one", async () => {
  const words = 8;
  const theta = Float64Array.from({ length: (words + 1) ** 2 }, weight);
  const arcs: Arc[] = [];
  for (let i = 0; i <= words; i++) {
    for (let j = 1; j <= words; j++) {
      // Strong arcs from the root, so that one of them is a restriction.
      if (i === 0) theta[j]! += 2;
      if (i !== j) arcs.push([i, j, theta[i * (words + 1) + j]!]);
    }
  }
  for (const root of ["multi", "single"] as const) {
    const z = new Float64Array(theta.length);
    dependencyTree(words, { root }).map(theta, z);
    expectClose(dot(z, theta), await bestScore(words + 1, arcs, root === "single"), tolerance, root);
  }
});
