/** The program that does what the page shows. */
import { methods } from "./methods.ts";
import { BATCH, EVERY, HIDDEN, MOMENTUM, type PathsState, STEPS, TESTS } from "./state.ts";
import { kinds, PATCHES, SIDE, TEXTURE } from "./terrain.ts";

export function pathsCode(state: PathsState): string {
  const chosen = methods.filter(({ name }) => state.methods.includes(name));
  const names = ["gridPath", "pathOptimality", "rng", ...chosen.flatMap(({ imports }) => imports)];
  const byHamming = chosen.some(({ imports }) => imports.includes("hamming"))
    ? `
const byHamming = (layer) => (theta, shown, random) => {
  const z = layer.forward(theta, random);
  return z.backward(hamming(z.value, shown, cells).gradient);
};`
    : "";
  return `// npm install @jax-js/jax as well.
import { defaultDevice, init, jit, nn, numpy as np, tree } from "@jax-js/jax";
import { ${[...new Set(names)].sort().join(", ")} } from "hardgrad";
import { withPullback } from "hardgrad/jax";

await init("wasm");
defaultDevice("wasm");

const [side, cells] = [${SIDE}, ${SIDE * SIDE}];
const grid = gridPath(side, side);
const kinds = [
${kinds.map(({ name, cost, colour }) => `  { cost: ${cost}, colour: [${colour.join(", ")}] }, // ${name}`).join("\n")}
];

// Meadow with round patches, what it looks like, and the shortest paths through it.
function randomMap(random) {
  const map = Array.from({ length: cells }, () => 1);
  for (let patch = 0; patch < ${PATCHES}; patch++) {
    const [x, y] = [random.uniform() * side, random.uniform() * side];
    const [radius, kind] = [0.8 + 1.8 * random.uniform(), Math.floor(random.uniform() * kinds.length)];
    for (let i = 0; i < cells; i++) {
      if (Math.hypot((i % side) + 0.5 - x, Math.floor(i / side) + 0.5 - y) < radius) map[i] = kind;
    }
  }
  return map;
}
function mapsOf(maps, random) {
  const all = maps.flat().map((kind) => kinds[kind]);
  const colours = Float32Array.from(all.flatMap(({ colour }) => colour.map((c) => c + ${TEXTURE} * random.normal())));
  const costs = Float32Array.from(all, ({ cost }) => cost);
  const paths = new Float32Array(all.length);
  grid.map(costs.map((c) => -c), paths);
  return { colours, costs, paths };
}
const randomMaps = (count, random) => mapsOf(Array.from({ length: count }, () => randomMap(random)), random);

// The network sees the colours of a cell and says θ = −cost.
function network(p, x) {
  const hidden = nn.relu(np.dot(x.sub(0.5).mul(4), p.w).add(p.b));
  const raw = np.dot(hidden, p.v).add(p.c).reshape([-1, cells]);
  const tail = np.log1p(np.exp(np.abs(raw.ref).neg()));
  return nn.relu(raw).add(tail).neg();
}
const encode = withPullback(network, [0]);
const forward = jit(network);
const update = jit((p, velocity, gradient, rate) => {
  const next = tree.map((v, g) => v.mul(${MOMENTUM}).add(g), velocity, gradient);
  const params = tree.map((x, v) => x.sub(v.mul(rate.ref)), p, tree.ref(next));
  rate.dispose();
  return { params, velocity: next };
});
const onDevice = (colours) => np.array(colours, { shape: [colours.length / 3 / cells, cells, 3] });
function pathsBy(params, { colours }) {
  const theta = forward(tree.ref(params), onDevice(colours)).dataSync();
  const paths = theta.map(() => 0);
  grid.map(theta, paths);
  return paths;
}
${byHamming}
const methods = {
${chosen.map((method) => `  "${method.name}": ${method.code(state)},`).join("\n")}
};

const random = rng(${state.seed});
const shown = randomMaps(${state.shown}, random.split(2));
const tests = randomMaps(${TESTS}, random.split(3));
const own = mapsOf([[${state.map.join(", ")}]], random.split(9));
const length = (path) => path.reduce((sum, x, i) => sum + x * own.costs[i], 0);

for (const [name, gradient] of Object.entries(methods)) {
  const first = random.split(1);
  const normal = (shape, deviation) =>
    np.array(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => deviation * first.normal()), { shape });
  let params = { w: normal([3, ${HIDDEN}], 0.8), b: normal([${HIDDEN}], 0.3), v: normal([${HIDDEN}, 1], 0.3), c: np.ones([1]) };
  let velocity = tree.map((p) => np.zeros(p.shape), tree.ref(params));
  for (let step = 0; step < ${STEPS}; step++) {
    const rows = Array.from({ length: ${BATCH} }, (_, i) => (step * ${BATCH} + i) % ${state.shown});
    const part = (values, size) => Float32Array.from(rows.flatMap((r) => [...values.subarray(r * size, (r + 1) * size)]));
    const { value, pullback } = encode(tree.ref(params), onDevice(part(shown.colours, 3 * cells)));
    const slope = gradient(value.dataSync(), part(shown.paths, cells), random.split(4).split(step));
    const [g] = pullback(np.array(slope.map((x) => x / ${BATCH}), { shape: [${BATCH}, cells] }));
    pullback.dispose();
    ({ params, velocity } = update(params, velocity, g, np.array(${state.rate} * (1 - step / ${STEPS}))));
  }
  // Maps that were never shown, every ${EVERY} steps on the page; then your own.
  const accuracy = pathOptimality(pathsBy(params, tests), tests.paths, tests.costs, cells);
  console.log(name, accuracy.toFixed(2), \`\${length(pathsBy(params, own))} (least \${length(own.paths)})\`);
}
`;
}
