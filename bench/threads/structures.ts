/** Structures whose rows take long, by name. */
import { gridPath, matching, rng, type Structure, tour } from "../../src/index.ts";
import { ilp, largeTour, loadHighs } from "../../src/solvers/ilp.ts";

/** Twelve items under three budgets: branch and bound. */
async function budgets(): Promise<Structure<never>> {
  const r = rng(3);
  const constraints = Array.from({ length: 3 }, () => {
    const weights = Array.from({ length: 12 }, () => 1 + Math.floor(99 * r.uniform()));
    return { terms: weights, atMost: weights.reduce((a, b) => a + b) / 3 };
  });
  return ilp(await loadHighs(), { variables: 12, constraints });
}

/** How each is made, how many rows a call has, and what turns normals into its θ. */
export const benched: Readonly<
  Record<
    string,
    {
      readonly rows: number;
      readonly theta: (normal: number) => number;
      readonly make: () => Structure<never> | Promise<Structure<never>>;
    }
  >
> = {
  "ilp, 12 items, 3 budgets": { rows: 16, theta: (x) => 10 + x, make: budgets },
  "largeTour(20)": {
    rows: 16,
    theta: (x) => -5 - x,
    make: async () => largeTour(await loadHighs(), 20),
  },
  "tour(12)": { rows: 64, theta: (x) => x, make: () => tour(12) },
  "matching(50)": { rows: 400, theta: (x) => x, make: () => matching(50) },
  "gridPath(30, 30)": { rows: 200, theta: (x) => -Math.abs(x), make: () => gridPath(30, 30) },
};

export default (name: string): Structure<never> | Promise<Structure<never>> => benched[name]!.make();
