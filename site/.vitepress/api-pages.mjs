/**
 * A plugin of typedoc: a page of the API for each folder of `src`, as the source has its rooms, and one for each subpath
 * of the package, in place of one for the whole of `hardgrad` or of two hundred for its names.
 */
import { Comment, Converter, DeclarationReflection, ReflectionKind } from "typedoc";

/** Pages in the order of the sidebar: the name, which files of `src` it holds, and what it says first. */
const pages = [
  [
    "structures",
    /^structures\//,
    "Sets of states with a solver, and with exact inference where there is one.",
  ],
  ["estimators", /^estimators\//, "Layers: a state forward, a gradient backward."],
  ["noise", /^noise\//, "What is added to θ before the solver sees it."],
  ["targets", /^targets\//, "Where the second state of a difference of states comes from."],
  ["relaxations", /^relaxations\//, "Soft states inside the polytope, with exact derivatives."],
  ["losses", /^losses\//, "Losses of states, with their gradients."],
  ["metrics", /^metrics\//, "How good states and gradients are."],
  [
    "contracts",
    /^contracts\.ts|^core\//,
    "What structures, noise, targets, layers and relaxations promise; random numbers; checks.",
  ],
];

/** Modules of the package's other subpaths, by the names that typedoc gives to their files. */
const subpaths = {
  "solvers/ilp": [
    "ilp",
    "`hardgrad/ilp`: integer linear programs, and structures that need them, solved by HiGHS.",
  ],
  "frameworks/jax": ["jax", "`hardgrad/jax`: discrete layers between pieces of a network on jax-js."],
  "frameworks/tfjs": ["tfjs", "`hardgrad/tfjs`: discrete layers in TensorFlow.js."],
};

const order = [...pages, ...Object.values(subpaths)].map(([name]) => name);
const inOrder = (a, b) => order.indexOf(a.name) - order.indexOf(b.name);
const says = (text) => new Comment([{ kind: "text", text }]);

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    const { project } = context;
    const whole = project.children.find((module) => module.name === "index");
    for (const module of project.children) {
      if (module === whole) continue;
      if (!subpaths[module.name]) throw new Error(`api-pages.mjs has no page for the module ${module.name}`);
      const [name, words] = subpaths[module.name];
      module.name = name;
      module.comment = says(words);
    }
    const rooms = pages.map(([name, files, words]) => {
      const room = new DeclarationReflection(name, ReflectionKind.Module, project);
      room.comment = says(words);
      project.registerReflection(room, undefined, undefined);
      project.addChild(room);
      return { room, files };
    });
    for (const child of whole.children) {
      const file = sourceOf(context, child);
      const found = rooms.find(({ files }) => files.test(file));
      if (!found) throw new Error(`api-pages.mjs has no page for ${child.name} of src/${file}`);
      child.parent = found.room;
      found.room.addChild(child);
    }
    whole.children = [];
    project.removeReflection(whole);
  });
  // After typedoc's own sorting.
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      project.children.sort(inOrder);
      for (const group of project.groups ?? []) group.children.sort(inOrder);
    },
    -1000,
  );
}

function sourceOf(context, reflection) {
  const symbol = context.getSymbolFromReflection(reflection);
  return symbol.declarations[0].getSourceFile().fileName.replace(/^.*\/src\//, "");
}
