/** The program that does what the page shows. */
import { PATCHES, PIXELS, SIDE } from "./digits.ts";
import { blame, FEATURES, LENGTH, praise, rest, vocabulary } from "./sentences.ts";
import { BATCH, type ExplainState, kOf, LAMBDA, MOMENTUM, STEPS, TESTS, TRAIN } from "./state.ts";

const layers: Readonly<
  Record<string, (state: ExplainState) => { imports: readonly string[]; code: string }>
> = {
  simple: ({ tau }) => ({ imports: ["simple"], code: `simple(structure, { temperature: ${tau} })` }),
  sst: ({ tau }) => ({
    imports: ["exponentialFamily", "stochasticSoftmax"],
    code: `stochasticSoftmax(exponentialFamily(structure), { temperature: ${tau} })`,
  }),
  imle: (state) => ({
    imports: ["imle", "perturbation", "sumOfGamma"],
    code: `imle(structure, {
  noise: sumOfGamma({ k: ${kOf(state)} }),
  temperature: ${state.tau},
  target: perturbation({ lambda: ${LAMBDA} }),
})`,
  }),
};

const list = (words: readonly string[]): string => JSON.stringify(words).replaceAll(",", ", ");

function digitsCode({ drawing }: ExplainState): string {
  return `// Threes and eights: ${SIDE} × ${SIDE} pixels in ${PATCHES} × ${PATCHES} patches.
const [side, pixels, patches] = [${SIDE}, ${PIXELS}, ${PATCHES}];
const parts = patches ** 2;
const shape = [patches, side / patches, patches, side / patches];
function digit(isEight, random) {
  const [slant, size] = [0.5 * (random.uniform() - 0.5), 0.85 + 0.25 * random.uniform()];
  const [x, y] = [8 + 2 * (random.uniform() - 0.5), 8 + 2 * (random.uniform() - 0.5)];
  const pen = 0.9 + 0.5 * random.uniform();
  const points = Array.from({ length: 48 }, (_, i) => {
    const turn = ((i % 24) + 0.5) / 24;
    const angle = isEight ? 2 * Math.PI * turn : 1.3 * Math.PI * (turn - 0.5);
    const dy = size * (i >= 24 ? 2.9 + 2.9 * Math.sin(angle) : -2.9 + 2.9 * Math.sin(angle));
    return [x + size * 3 * Math.cos(angle) - slant * dy, y + dy];
  });
  return Float32Array.from({ length: pixels }, (_, i) => {
    const away = points.map(([px, py]) => Math.hypot((i % side) + 0.5 - px, Math.floor(i / side) + 0.5 - py));
    return Math.min(1, Math.max(0, 1 + pen - Math.min(side, ...away)));
  });
}
const instance = digit;
const own = Float32Array.from("${drawing.join("")}", (ink) => ink / 9);

// One network says how much each patch matters, the other tells an 8 from those that are left.
const hidden = 32;
const encoder = [[pixels, hidden], [hidden], [hidden, parts], [parts]];
const decoder = [[pixels, hidden], [hidden], [hidden, 1], [1]];
const multilayer = ([a, b, c, d], x) => np.dot(nn.relu(np.dot(x, a).add(b)), c).add(d);
const scores = (p, x) => multilayer(p, x.reshape([-1, pixels]));
const logit = (p, x, z) =>
  multilayer(p, x.mul(z.reshape([-1, patches, 1, patches, 1])).reshape([-1, pixels])).reshape([-1]);`;
}

function sentencesCode({ sentence }: ExplainState): string {
  return `// Praise and blame, ${LENGTH} words at most; each word is a one among those that are known.
const praise = ${list(praise)};
const blame = ${list(blame)};
const rest = ${list(rest)};
const vocabulary = [...praise, ...blame, ...rest];
const [parts, features] = [${LENGTH}, ${FEATURES}];
const shape = [parts, features];
function encodeWords(words) {
  const x = new Float32Array(parts * features);
  words.forEach((word, i) => {
    const known = vocabulary.indexOf(word);
    if (known >= 0) x[i * features + known] = 1;
    x[(i + 1) * features - 1] = 1;
  });
  return x;
}
function instance(isPraise, random) {
  const one = (list) => list[Math.floor(random.uniform() * list.length)];
  const length = 4 + Math.floor(random.uniform() * (parts - 3));
  const words = Array.from({ length }, () => one(rest));
  for (let word = 0; word < 2; word++) words[Math.floor(random.uniform() * length)] = one(isPraise ? praise : blame);
  return encodeWords(words);
}
const own = encodeWords((${JSON.stringify(sentence)}.toLowerCase().match(/[\\p{L}']+/gu) ?? []).slice(0, parts));

// One network says how much each word matters, the other tells praise from those that are left.
const encoder = [[features, 1]];
const decoder = [[features, 1]];
function scores([w], x) {
  const there = x.ref.slice([], [], ${vocabulary.length});
  return np.dot(x, w).reshape([-1, parts]).add(there.sub(1).mul(30));
}
const logit = ([w], x, z) => np.sum(np.dot(x.mul(z.reshape([-1, parts, 1])), w).reshape([-1, parts]), 1);`;
}

export function explainCode(state: ExplainState): string {
  const { imports, code } = layers[state.estimator]!(state);
  return `// npm install @jax-js/jax as well.
import { defaultDevice, init, jit, nn, numpy as np, tree } from "@jax-js/jax";
import { ${["kSubset", "rng", ...imports].sort().join(", ")} } from "hardgrad";
import { sandwich } from "hardgrad/jax";

await init("wasm");
defaultDevice("wasm");

${state.task === "digits" ? digitsCode(state) : sentencesCode(state)}

const structure = kSubset(parts, ${kOf(state)});
const layer = ${code};

const size = shape.reduce((a, b) => a * b);
const onDevice = (x) => np.array(x, { shape: [x.length / size, ...shape] });
function instances(count, random) {
  const labels = Float32Array.from({ length: count }, (_, i) => i % 2);
  const x = new Float32Array(count * size);
  labels.forEach((label, i) => x.set(instance(label === 1, random), i * size));
  return { x, labels };
}
const random = rng(${state.seed});
const weights = (shapes, draws) =>
  shapes.map((shape) => {
    const length = shape.reduce((a, b) => a * b);
    const scale = shape.length === 1 ? 0 : 1 / Math.sqrt(shape[0]);
    return np.array(Float32Array.from({ length }, () => scale * draws.normal()), { shape });
  });
let params = { encoder: weights(encoder, random.split(1)), decoder: weights(decoder, random.split(2)) };
let states = tree.map((p) => np.zeros(p.shape), tree.ref(params));
const train = instances(${TRAIN}, random.split(3));
const tests = instances(${TESTS}, random.split(4));

const model = sandwich({
  encoder: (p, { x, labels }) => (labels.dispose(), scores(p, x)),
  layer,
  // Summed over the batch: a mean would make λ smaller.
  decoder(p, { x, labels }, z) {
    const right = logit(p, x, z).mul(labels.mul(2).sub(1));
    return np.sum(nn.relu(right.ref.neg()).add(np.log1p(np.exp(np.abs(right).neg()))));
  },
  update(gradients, velocity, p) {
    const next = gradients.map((g, i) => velocity[i].mul(${MOMENTUM}).add(g.div(${BATCH})));
    return { params: p.map((x, i) => x.sub(next[i].ref.mul(${state.rate}))), state: next };
  },
});
for (let step = 0; step < ${STEPS}; step++) {
  const rows = Array.from({ length: ${BATCH} }, (_, i) => (step * ${BATCH} + i) % ${TRAIN});
  const x = onDevice(Float32Array.from(rows.flatMap((row) => [...train.x.subarray(row * size, (row + 1) * size)])));
  const labels = np.array(Float32Array.from(rows, (row) => train.labels[row]));
  ({ params, states } = model.step(params, states, { x, labels }, { rng: random.split(5).split(step) }));
}

// The log-odds from the parts that matter most, and these.
const [scoresOf, logitsOf] = [jit(scores), jit(logit)];
function read(x) {
  const theta = scoresOf(tree.ref(params.encoder), onDevice(x)).dataSync();
  const z = theta.map(() => 0);
  structure.map(theta, z);
  const chosen = np.array(z, { shape: [x.length / size, parts] });
  return { z, odds: logitsOf(tree.ref(params.decoder), onDevice(x), chosen).dataSync() };
}
const right = read(tests.x).odds.filter((o, i) => o > 0 === (tests.labels[i] === 1)).length;
const { z, odds } = read(own);
console.log("accuracy", (right / ${TESTS}).toFixed(2));
console.log("${state.task === "digits" ? "an 8" : "praise"} with probability", (1 / (1 + Math.exp(-odds[0]))).toFixed(2));
console.log("seen", [...z.keys()].filter((i) => z[i] === 1).map((i) => i + 1).join(" "));
`;
}
