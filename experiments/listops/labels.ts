/** Names in tables and legends. */
export const LABELS: Readonly<Record<string, string>> = {
  lstm: "LSTM",
  "indep-undirected": "independent undirected edges",
  "spanning-tree": "spanning tree",
  "indep-directed": "independent directed edges",
  "arborescence-gumbel": "arborescence, Gumbel",
  "arborescence-gaussian": "arborescence, Gaussian",
  "arborescence-neg-exp": "arborescence, neg. exp.",
  "simple-arborescence": "arborescence, SIMPLE",
  "ground-truth": "true edges",
  "random-arborescence": "random arborescence",
  "nearest-operator": "the last operator before",
};
