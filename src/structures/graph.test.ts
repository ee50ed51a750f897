import { describe, expect, test } from "vitest";
import { completeDigraph, completeGraph, endpoints, type Graph } from "./graph.ts";

describe("graph", () => {
  test("completeGraph lists the pairs i < j in lexicographic order", () => {
    expect(completeGraph(4).edges).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 2],
      [1, 3],
      [2, 3],
    ]);
    expect(completeGraph(10).edges).toHaveLength(45);
  });

  test("completeDigraph lists the ordered pairs without self-loops", () => {
    expect(completeDigraph(3).edges).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 2],
      [2, 0],
      [2, 1],
    ]);
  });

  test("graphs of no vertex and of one vertex have no edges", () => {
    for (const n of [0, 1]) {
      expect(completeGraph(n)).toEqual({ vertices: n, edges: [] });
      expect(completeDigraph(n)).toEqual({ vertices: n, edges: [] });
    }
  });

  test("endpoints flattens the edges, parallel edges and self-loops included", () => {
    const { from, to } = endpoints("test", {
      vertices: 2,
      edges: [
        [0, 1],
        [1, 0],
        [0, 1],
        [1, 1],
      ],
    });
    expect(Array.from(from)).toEqual([0, 1, 0, 1]);
    expect(Array.from(to)).toEqual([1, 0, 1, 1]);
  });

  test("a bad graph is an error that names the edge", () => {
    expect(() => completeGraph(-1)).toThrow("completeGraph: n expected an integer in [0, 4096], got -1");
    expect(() => endpoints("test", { vertices: 1.5, edges: [] })).toThrow(RangeError);
    expect(() => endpoints("test", null as unknown as Graph)).toThrow(TypeError);
    expect(() => endpoints("test", { vertices: 2 } as unknown as Graph)).toThrow(TypeError);
    expect(() =>
      endpoints("test", {
        vertices: 2,
        edges: [
          [0, 1],
          [1, 2],
        ],
      }),
    ).toThrow("test: edge 1 expected two vertices in [0, 1], got [1,2]");
    for (const edge of [[0], [0, 1, 1], [0, 0.5], [-1, 0], 3, null]) {
      expect(() => endpoints("test", { vertices: 2, edges: [edge] } as unknown as Graph)).toThrow(RangeError);
    }
  });
});
