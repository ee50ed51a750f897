/** The program that does what the page shows. */
import { methods } from "./methods.ts";
import { type RaceState, RUNS, STEPS } from "./race.ts";

const structureCode: Readonly<Record<string, { imports: readonly string[]; code: string }>> = {
  "k-subset": { imports: ["kSubset"], code: "const structure = kSubset(10, 5);" },
  tree: {
    imports: ["completeGraph", "spanningTree"],
    code: "const structure = spanningTree(completeGraph(5));",
  },
  matching: { imports: ["matching"], code: "const structure = matching(4);" },
  path: {
    imports: ["graphPath"],
    code: `// Right and down through a 4 × 4 grid of crossings.
const edges = [];
for (let v = 0; v < 16; v++) {
  if (v % 4 < 3) edges.push([v, v + 1]);
  if (v < 12) edges.push([v, v + 4]);
}
const structure = graphPath({ vertices: 16, edges }, 0, 15);`,
  },
};

const lossCode: Readonly<Record<string, string>> = {
  given: `const loss = (z) => z.reduce((sum, x, i) => sum + (x - Math.abs(b[i])) ** 2, 0);
const slope = (z) => z.map((x, i) => 2 * (x - Math.abs(b[i])));`,
  coupled: `const loss = (z) => dot(b, z) ** 2;
const slope = (z) => b.map((x) => 2 * dot(b, z) * x);`,
  linear: `const loss = (z) => dot(b, z);
const slope = () => b;`,
};

export function raceCode(state: RaceState): string {
  const racing = methods.filter(({ name }) => state.methods.includes(name));
  const { imports, code } = structureCode[state.structure]!;
  const noise = racing.some((method) => method.code(state).includes("noise:"))
    ? [state.noise === "gumbel" ? "gumbel" : "sumOfGamma"]
    : [];
  const names = [...new Set(["rng", ...imports, ...noise, ...racing.flatMap((method) => method.imports)])];
  return `import { ${names.sort().join(", ")} } from "hardgrad";

${code}
const size = structure.shape.reduce((a, b) => a * b);
const states = [...structure.states()];
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const rowsOf = (values) => Array.from({ length: values.length / size }, (_, r) => values.subarray(r * size, (r + 1) * size));

// The instance: where all runs begin, and what a state costs.
const random = rng(${state.seed});
const theta0 = Float64Array.from({ length: size }, () => random.normal());
const b = Float64Array.from({ length: size }, () => random.normal());
${lossCode[state.loss]}

// E L under p(z) ∝ exp⟨z, θ⟩, over all states.
function expected(theta) {
  const scores = states.map((z) => dot(z, theta));
  const weights = scores.map((s) => Math.exp(s - Math.max(...scores)));
  const total = weights.reduce((a, b) => a + b);
  return weights.reduce((sum, w, s) => sum + (w / total) * loss(states[s]), 0);
}
const best = Math.min(...states.map(loss));

const methods = {
${racing
  .map(
    (method) =>
      `  "${method.name}": { rate: ${method.rate * state.rate},${method.losses ? " losses: true," : ""} layer: ${method.code(state)} },`,
  )
  .join("\n")}
};

for (const [name, { layer, rate, losses }] of Object.entries(methods)) {
  // ${RUNS} runs side by side, gradient descent with momentum.
  const theta = Float64Array.from({ length: ${RUNS} * size }, (_, i) => theta0[i % size]);
  const velocity = theta.map(() => 0);
  for (let step = 1; step <= ${STEPS}; step++) {
    const z = layer.forward(theta, rng(${state.seed}).split(1).split(step));
    const rows = rowsOf(z.value);
    const gradient = z.backward(losses ? Float64Array.from(rows, loss) : Float64Array.from(rows.flatMap((row) => [...slope(row)])));
    for (let i = 0; i < theta.length; i++) {
      velocity[i] = 0.9 * velocity[i] + gradient[i];
      theta[i] -= rate * velocity[i];
    }
  }
  const gap = rowsOf(theta).reduce((sum, row) => sum + expected(row) - best, 0) / ${RUNS};
  console.log(name, gap.toFixed(3));
}
`;
}
