/**
 * Mean regret over the ten instances of PyEPO's own records, by degree: 1,000 rows, ε̄ = 0.5, a linear predictor, batches
 * of 32. Its paper has them as box plots; these are the files under `res/` of its repository, without regularisation,
 * each in its last version: some were written anew when generators and pipeline had changed.
 */
export const PUBLISHED_SIZE = 1000;
export const PUBLISHED_NOISE = 0.5;
export const PUBLISHED_SOURCE = "PyEPO's repository, res/";

export const published: Readonly<Record<string, Readonly<Record<string, Readonly<Record<number, number>>>>>> =
  {
    path: {
      "two-stage": { 1: 0.154, 2: 0.106, 4: 0.088, 6: 0.126 },
      "spo-plus": { 1: 0.163, 2: 0.112, 4: 0.084, 6: 0.087 },
      "fenchel-young": { 1: 0.163, 2: 0.11, 4: 0.077, 6: 0.079 },
      perturbed: { 1: 0.223, 6: 0.317 },
      "black-box": { 1: 0.178, 6: 0.138 },
    },
    knapsack: {
      "two-stage": { 1: 0.161, 6: 0.139 },
      "spo-plus": { 1: 0.168, 6: 0.081 },
      "fenchel-young": { 1: 0.159, 6: 0.076 },
      "black-box": { 1: 0.18, 6: 0.168 },
    },
    /** With ten features. */
    tour: {
      "two-stage": { 1: 0.113, 6: 0.218 },
      "spo-plus": { 1: 0.115, 6: 0.086 },
      "fenchel-young": { 6: 0.074 },
    },
  };
