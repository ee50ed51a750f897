/** Methods' names in tables and legends. */
export const LABELS: Readonly<Record<string, string>> = {
  "imle-mu": "I-MLE, μ–μ",
  "imle-map": "I-MLE, M–M",
  "black-box": "black-box",
  "fenchel-young": "Fenchel–Young",
  "adaptive-imle": "adaptive I-MLE",
  direct: "path directly",
};
