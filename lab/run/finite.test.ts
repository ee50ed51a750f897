import { expect, test } from "vitest";
import { DivergedError } from "./errors.ts";
import { finite } from "./finite.ts";

const training = { name: "simple/0", epoch: 3, rate: 10 };
const loss = (made: { loss: number }): number => made.loss;

test("finite results pass", () => {
  expect(finite(training, () => ({ loss: 2 }), loss)).toEqual({ loss: 2 });
});

test("a loss that is no number, and a layer that was given none, name training, epoch and rate", () => {
  for (const bad of [Number.NaN, Infinity]) {
    expect(() => finite(training, () => ({ loss: bad }), loss)).toThrow(
      new DivergedError(
        `simple/0 diverged in epoch 3: expected a finite number, got ${bad}. A rate below 10 may help: --set rate=…`,
      ),
    );
  }
  const refuse = () => {
    throw new RangeError("imle: theta expected finite numbers or -Infinity, got NaN in row 0 at 0");
  };
  expect(() => finite(training, refuse, loss)).toThrow(DivergedError);
  expect(() => finite(training, refuse, loss)).toThrow(
    "diverged in epoch 3: imle: theta expected finite numbers or -Infinity, got NaN in row 0 at 0. A rate",
  );
});

test("other errors pass as they are", () => {
  const wrong = new RangeError("kSubset: k expected an integer in [0, 3], got 4");
  expect(() =>
    finite(
      training,
      () => {
        throw wrong;
      },
      loss,
    ),
  ).toThrow(wrong);
});
