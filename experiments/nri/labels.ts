/** Methods' names in tables and legends. */
export const LABELS: Readonly<Record<string, string>> = {
  "indep-binary": "independent edges",
  "top-k": "top |V| − 1",
  "spanning-tree": "spanning tree",
  "simple-spanning-tree": "spanning tree, SIMPLE",
  "imle-spanning-tree": "spanning tree, I-MLE",
};
