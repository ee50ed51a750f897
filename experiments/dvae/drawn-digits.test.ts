import { expect, test } from "vitest";
import { rng } from "../../src/index.ts";
import { drawDigits, SIDE } from "./drawn-digits.ts";

const PIXELS = SIDE * SIDE;

test("the same key draws the same digits, and more digits begin with them", () => {
  const few = drawDigits(3, rng(1));
  expect(drawDigits(8, rng(1)).subarray(0, few.length)).toEqual(few);
  expect(drawDigits(3, rng(2))).not.toEqual(few);
  expect(drawDigits(0, rng(1))).toHaveLength(0);
});

test("digits are strokes on an empty ground, as bright as MNIST's and away from the edge", () => {
  const count = 400;
  const images = drawDigits(count, rng(3));
  let edge = 0;
  let grey = 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let most = 0;
    for (let p = 0; p < PIXELS; p++) {
      const value = images[i * PIXELS + p]!;
      most = Math.max(most, value);
      sum += value / 255;
      if (value > 0 && value < 255) grey++;
      if (p < SIDE || p >= PIXELS - SIDE || p % SIDE === 0 || p % SIDE === SIDE - 1) edge += value;
    }
    expect(most).toBeGreaterThan(200);
  }
  // MNIST's test images: mean 0.1325.
  expect(sum / images.length).toBeGreaterThan(0.11);
  expect(sum / images.length).toBeLessThan(0.155);
  expect(grey / images.length).toBeGreaterThan(0.03);
  expect(edge / images.length).toBeLessThan(0.1);
});
