/** The program that does what the page shows. */
import { BEGINNING, CHOSEN, ROWS, SIZE, STEPS, type WhyState, WINDOW } from "./balances.ts";

export function whyCode(state: WhyState): string {
  const adapts = state.target === "adaptive";
  const target = adapts ? `adaptive({ beta: ${state.lambda} })` : `perturbation({ lambda: ${state.lambda} })`;
  return `import { ${adapts ? "adaptive, imle, kSubset" : "imle, kSubset, perturbation"}, rng } from "hardgrad";

// ${ROWS} balances. Each puts ${CHOSEN} of its ${SIZE} weights on the beam, and should be level.
const [rows, size] = [${ROWS}, ${SIZE}];
const random = rng(${state.seed});
const theta = Float64Array.from({ length: rows * size }, () => random.normal());
const w = theta.map(() => random.normal());

const layer = imle(kSubset(size, ${CHOSEN}), {
  target: ${target},
  temperature: ${state.tau},
  scale: "none",
});

const history = [];
for (let step = 0; step < ${STEPS}; step++) {
  const z = layer.forward(theta, random.split(2 * step));
  const again = layer.forward(theta, random.split(2 * step + 1)).value;
  const tilt = new Float64Array(rows);
  for (let i = 0; i < w.length; i++) tilt[Math.floor(i / size)] += w[i] * z.value[i];
  // The slope of the loss, the ${state.over} of the squared tilts.
  const slope = w.map((x, i) => (2 * tilt[Math.floor(i / size)] * x) / ${state.over === "mean" ? "rows" : "1"});
  const gradient = z.backward(slope);
  for (let i = 0; i < theta.length; i++) theta[i] -= ${state.rate} * gradient[i];
  const loss = tilt.reduce((sum, t) => sum + t ** 2, 0) / rows;
  const noise = again.reduce((sum, x, i) => sum + Math.abs(x - z.value[i]), 0) / rows;
  history.push({ loss, noise, ...z.diagnostics });
}

const mean = (steps, key) => steps.reduce((sum, step) => sum + step[key], 0) / steps.length;
const last = history.slice(-${WINDOW});
console.log("loss at the beginning", mean(history.slice(0, ${BEGINNING}), "loss").toFixed(2));
console.log("loss at the end", mean(last, "loss").toFixed(2));
console.log("zeroGradientShare", mean(last, "zeroGradientShare").toFixed(2));
console.log("meanHammingDistance", mean(last, "meanHammingDistance").toFixed(2));
console.log("lambda", mean(last, "lambda").toPrecision(2));
console.log("changed by noise alone", mean(last, "noise").toFixed(2));
`;
}
