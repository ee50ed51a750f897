/** Methods' names in tables and legends. */
export const LABELS: Readonly<Record<string, string>> = {
  imle: "I-MLE",
  "imle-adaptive": "I-MLE, adaptive λ",
  simple: "SIMPLE",
  ste: "straight-through",
  l2x: "L2X",
  "soft-sub": "SoftSub",
  "sst-euclidean": "SST, Euclid. Top k",
  "sst-categorical": "SST, Cat. Ent. Top k",
  "sst-binary": "SST, Bin. Ent. Top k",
  "sst-exponential": "SST, E.F. Ent. Top k",
  "sst-correlated": "SST, Corr. Top k",
  random: "at random",
  univariate: "one by one",
  all: "all of them",
};
