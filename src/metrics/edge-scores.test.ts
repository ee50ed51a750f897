import { describe, expect, test } from "vitest";
import { edgeScores } from "./edge-scores.ts";

describe("edgeScores", () => {
  test("nothing predicted has no precision, nothing true no recall, and no rows neither", () => {
    const [none, one] = [Float64Array.of(0, 0), Float64Array.of(1, 0)];
    expect(edgeScores(none, one, 2)).toEqual({ precision: Number.NaN, recall: 0 });
    expect(edgeScores(one, none, 2)).toEqual({ precision: 0, recall: Number.NaN });
    const empty = new Float64Array(0);
    expect(edgeScores(empty, empty, 2)).toEqual({ precision: Number.NaN, recall: Number.NaN });
  });

  test("counts edges over all rows together, not row by row", () => {
    const z = Float32Array.of(1, 1, 1, 1, 1, 0, 0, 0);
    const truth = Float32Array.of(1, 0, 0, 0, 1, 1, 1, 0);
    expect(edgeScores(z, truth, 4)).toEqual({ precision: 2 / 5, recall: 2 / 4 });
  });

  test("leaves out what is masked", () => {
    const z = Float64Array.of(1, 1, 0, 1);
    const truth = Float64Array.of(1, 0, 1, 1);
    const mask = Float64Array.of(1, 0, 1, 0);
    expect(edgeScores(z, truth, 4, { mask })).toEqual({ precision: 1, recall: 1 / 2 });
  });

  test("compares each of a row's samples with the row's truth", () => {
    const z = Float64Array.of(1, 0, 0, 1, 0, 1, 0, 1);
    const truth = Float64Array.of(1, 0, 0, 1);
    expect(edgeScores(z, truth, 2)).toEqual({ precision: 3 / 4, recall: 3 / 4 });
  });

  test("lengths that do not fit, NaN and misspelt options are errors", () => {
    const z = Float64Array.of(1, 0);
    expect(() => edgeScores(z, new Float64Array(3), 2)).toThrow(RangeError);
    expect(() => edgeScores(Float64Array.of(Number.NaN, 0), z, 2)).toThrow(/^edgeScores: z expected/);
    expect(() => edgeScores(z, z, 2, { mask: new Float64Array(1) })).toThrow(/^edgeScores: mask expected/);
    expect(() => edgeScores(z, z, 2, { masks: z } as never)).toThrow(/unknown option "masks"/);
  });
});
