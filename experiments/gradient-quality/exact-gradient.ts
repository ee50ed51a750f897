import type { Structure } from "../../src/index.ts";

/**
 * ∇_θ E L(z) = Σ_z p(z) (L(z) − E L) z under p(z) ∝ exp⟨z, θ⟩, by enumeration: the truth that estimators are held
 * against. O(states · m).
 */
export function exactGradient(
  structure: Structure,
  theta: Float64Array,
  loss: (z: Float64Array) => number,
): Float64Array {
  if (!structure.states) throw new TypeError(`exactGradient: ${structure.name} has no states()`);
  const states = Array.from(structure.states(), (z) => z.slice());
  const scores = states.map((z) => z.reduce((sum, x, i) => (x === 0 ? sum : sum + x * theta[i]!), 0));
  const best = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = scores.map((score) => Math.exp(score - best));
  const total = weights.reduce((a, b) => a + b, 0);
  const losses = states.map(loss);
  const mean = losses.reduce((sum, value, s) => sum + (weights[s]! / total) * value, 0);
  const gradient = new Float64Array(theta.length);
  states.forEach((z, s) => {
    const weight = (weights[s]! / total) * (losses[s]! - mean);
    for (let i = 0; i < z.length; i++) gradient[i]! += weight * z[i]!;
  });
  return gradient;
}
