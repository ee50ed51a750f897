/**
 * npm run bench:peers [-- filter]
 *
 * Measures whole calls beside PyTorch and SciPy (Debian: python3-torch, python3-scipy), in turns, so that both see the same
 * machine; the best of the rounds counts. The filter matches a case's name by substring. PYTHON names another interpreter than /usr/bin/python3.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { withoutKernels } from "../../src/core/kernels.ts";
import {
  completeGraph,
  imle,
  kSubset,
  matching,
  perturbation,
  rng,
  type SinkhornOptions,
  sinkhorn,
  spanningTree,
  sumOfGamma,
} from "../../src/index.ts";

const ROUNDS = 9;
const ROUND_MS = 100;

interface Case {
  readonly name: string;
  /** A line for peers.py. */
  readonly peer: string;
  run(): void;
}

const random = rng(1);
const normals = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal());

const [filter = ""] = process.argv.slice(2);
const cases = [
  imleCase(2000, 20, 10),
  imleCase(128, 1000, 10),
  exactlyKCase(2000, 20, 10),
  exactlyKCase(40, 350, 10),
  treesCase(128, 10),
  sinkhornCase("fixed point (peer: 100 rounds)", {}),
  sinkhornCase("100 rounds, unrolled", { iterations: 100, tolerance: 0, gradient: "unrolled" }),
  ...[20, 50, 200].map(assignmentCase),
].filter(({ name }) => name.includes(filter));
if (cases.length === 0) {
  console.error(`no case's name contains "${filter}"`);
  process.exit(1);
}

function imleCase(rows: number, n: number, k: number): Case {
  const theta = Float32Array.from(normals(rows * n));
  const cotangent = Float32Array.from(normals(rows * n));
  const target = perturbation({ lambda: 10 });
  const layer = imle(kSubset(n, k), { noise: sumOfGamma({ k }), target });
  let call = 0;
  return {
    name: `imle, ${rows} × (${n} choose ${k})`,
    peer: `imle ${rows} ${n} ${k}`,
    run: () => void layer.forward(theta, rng(call++)).backward(cotangent),
  };
}

function exactlyKCase(rows: number, n: number, k: number): Case {
  const family = kSubset(n, k);
  const theta = normals(rows * n);
  const v = normals(rows * n);
  const out = new Float64Array(rows * n);
  return {
    name: `exactly k, marginals and product, ${rows} × (${n} choose ${k})`,
    peer: `exactly_k ${rows} ${n} ${k}`,
    run() {
      family.marginals(theta, out);
      family.marginalsJvp(theta, v, out);
    },
  };
}

function treesCase(rows: number, n: number): Case {
  const family = spanningTree(completeGraph(n));
  const length = (rows * n * (n - 1)) / 2;
  const theta = normals(length);
  const v = normals(length);
  const out = new Float64Array(length);
  return {
    name: `spanning trees, marginals and product, ${rows} × K${n}`,
    peer: `trees ${rows} ${n}`,
    run() {
      family.marginals(theta, out);
      family.marginalsJvp(theta, v, out);
    },
  };
}

/** Eight 50 × 50 matrices: by default the fixed point and its implicit derivative, which rounds only come near to. */
function sinkhornCase(what: string, options: SinkhornOptions): Case {
  const [rows, n] = [8, 50];
  const relaxation = sinkhorn(matching(n), options);
  const utilities = Float64Array.from({ length: rows * n * n }, () => random.uniform());
  const cotangent = normals(rows * n * n);
  const out = new Float64Array(rows * n * n);
  return {
    name: `Sinkhorn, value and gradient, 8 × 50 × 50, ${what}`,
    peer: `sinkhorn ${rows} ${n} 100`,
    run() {
      relaxation.relax(utilities, 1, out);
      relaxation.vjp(utilities, 1, cotangent, out);
    },
  };
}

function assignmentCase(n: number): Case {
  const structure = matching(n);
  const theta = normals(16 * n * n);
  const out = new Float64Array(16 * n * n);
  return {
    name: `assignment, 16 × ${n} × ${n}`,
    peer: `assignment ${n}`,
    run: () => structure.map(theta, out),
  };
}

/** Best milliseconds a call in one round. */
function time(run: () => void): number {
  run();
  let best = Infinity;
  const end = performance.now() + ROUND_MS;
  while (performance.now() < end) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

const script = fileURLToPath(new URL("peers.py", import.meta.url));
const python = spawn(process.env.PYTHON ?? "/usr/bin/python3", [script], {
  stdio: ["pipe", "pipe", "inherit"],
});
const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const answer = async (): Promise<string> => {
  const { value, done } = await answers.next();
  if (done)
    throw new Error(
      "peers.py ended: install python3-torch and python3-scipy, or name an interpreter in PYTHON",
    );
  return value;
};

console.log(`${await answer()}, one thread; Node.js ${process.version}\n`);
console.log("| case | ours, ms | without kernels | peer, ms | times faster |");
console.log("| --- | ---: | ---: | ---: | ---: |");
for (const { name, peer, run } of cases) {
  let ours = Infinity;
  let plain = Infinity;
  let theirs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    ours = Math.min(ours, time(run));
    python.stdin.write(`${peer}\n`);
    theirs = Math.min(theirs, Number(await answer()));
    plain = Math.min(
      plain,
      withoutKernels(() => time(run)),
    );
  }
  const digits = (ms: number): string => ms.toPrecision(3);
  console.log(
    `| ${name} | ${digits(ours)} | ${digits(plain)} | ${digits(theirs)} | ${(theirs / ours).toFixed(1)} |`,
  );
}
python.stdin.end();
