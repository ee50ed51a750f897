/** The program that does what the page shows. */
import { relaxationsOf, type SoftState } from "./soften.ts";
import { POINTS, SCALE } from "./structures.ts";

const half = POINTS / 2;

const making: Readonly<Record<string, { imports: readonly string[]; structure: string; cost: string }>> = {
  "spanning-tree": {
    imports: ["completeGraph", "spanningTree"],
    structure: `spanningTree(completeGraph(${POINTS}))`,
    cost: `completeGraph(${POINTS}).edges.map(([a, b]) => distance(a, b))`,
  },
  arborescence: {
    imports: ["arborescence", "completeDigraph"],
    structure: `arborescence(completeDigraph(${POINTS}), 0)`,
    cost: `completeDigraph(${POINTS}).edges.map(([a, b]) => distance(a, b))`,
  },
  matching: {
    imports: ["matching"],
    structure: `matching(${half})`,
    cost: `Array.from({ length: ${half * half} }, (_, i) => distance(Math.floor(i / ${half}), ${half} + (i % ${half})))`,
  },
  tour: {
    imports: ["completeGraph", "tour"],
    structure: `tour(${POINTS})`,
    cost: `completeGraph(${POINTS}).edges.map(([a, b]) => distance(a, b))`,
  },
  "k-subset": {
    imports: ["kSubset"],
    structure: `kSubset(${POINTS}, ${half})`,
    cost: "points.map(([, y]) => y)",
  },
};

export function softCode(state: SoftState): string {
  const { imports, structure, cost } = making[state.structure]!;
  const names = relaxationsOf(state.structure);
  const points = Array.from(
    { length: POINTS },
    (_, i) => `[${state.points[2 * i]}, ${state.points[2 * i + 1]}]`,
  );
  const head = `import { ${[...imports, ...(state.temperature > 0 ? names : [])].sort().join(", ")} } from "hardgrad";

const points = [${points.join(", ")}];
${state.structure === "k-subset" ? "" : "const distance = (a, b) => Math.hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]);\n"}const structure = ${structure};
const cost = Float64Array.from(${cost});
const x = cost.map(() => 0);
const print = (name) => {
  const mean = x.reduce((sum, w, i) => sum + w * cost[i], 0);
  console.log(name, mean.toFixed(1), x.filter((w) => w > 1e-3).length);
};
`;
  if (state.temperature === 0) {
    return `${head}
// At temperature 0 all that is left is the best structure.
structure.map(cost.map((c) => -c), x);
console.log("entropy", (0).toFixed(3));
${names.map((name) => `print("${name}");`).join("\n")}
`;
  }
  return `${head}
const theta = cost.map((c) => ${state.temperature === Infinity ? "0" : `-c / ${SCALE}`});
const t = ${state.temperature === Infinity ? 1 : state.temperature};

const entropy = new Float64Array(1);
structure.entropy(theta.map((s) => s / t), entropy);
console.log("entropy", entropy[0].toFixed(3));

// Each relaxation: mean cost, and how many elements have a weight.
${names.map((name) => `${name}(structure).relax(theta, t, x);\nprint("${name}");`).join("\n")}
`;
}
