/**
 * A plugin of typedoc: a page of the API for each folder of `src`, as the source has its rooms, and one for each subpath
 * of the package, in place of one for the whole of `hardgrad` or of two hundred for its names.
 */
import { Comment, Converter, DeclarationReflection, ReflectionKind } from "typedoc";

/** What pages say first, in the order of the sidebar. A folder that is not listed has its page all the same. */
const words = {
  structures: "Sets of states with a solver, and with exact inference where there is one.",
  estimators: "Layers: a state forward, a gradient backward.",
  noise: "What is added to θ before the solver sees it.",
  targets: "Where the second state of a difference of states comes from.",
  relaxations: "Soft states inside the polytope, with exact derivatives.",
  losses: "Losses of states, with their gradients.",
  metrics: "How good states and gradients are.",
  contracts: "What structures, noise, targets, layers and relaxations promise; random numbers; checks.",
  probe: "Which estimator, with which dials, on your own structure, θ and loss.",
  conformance: "Whether a structure of your own keeps the contract.",
  ilp: "`hardgrad/ilp`: integer linear programs, and structures that need them, solved by HiGHS.",
  threads: "`hardgrad/threads`: a structure's rows over worker threads.",
  jax: "`hardgrad/jax`: discrete layers between pieces of a network on jax-js.",
  tfjs: "`hardgrad/tfjs`: discrete layers in TensorFlow.js.",
};

/** The page of a module of a subpath, by the name that typedoc gives it. */
const pageOfModule = (name) => (name.startsWith("threads/") ? "threads" : name.replace(/^.*\//, ""));

/** The page of what `src/index.ts` exports, by its file. */
function pageOfFile(file) {
  const room = file.split("/")[0];
  return room === "contracts.ts" || room === "core" ? "contracts" : room;
}

const order = Object.keys(words);
const place = ({ name }) => (order.includes(name) ? order.indexOf(name) : order.length);
const inOrder = (a, b) => place(a) - place(b);
const title = (page) => words[page] && new Comment([{ kind: "text", text: words[page] }]);

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    const { project } = context;
    const whole = project.children.find((module) => module.name === "index");
    for (const module of project.children) {
      if (module === whole) continue;
      module.name = pageOfModule(module.name);
      module.comment = title(module.name);
    }
    const rooms = new Map();
    for (const child of whole.children) {
      const page = pageOfFile(sourceOf(context, child));
      let room = rooms.get(page);
      if (!room) {
        room = new DeclarationReflection(page, ReflectionKind.Module, project);
        room.comment = title(page);
        project.registerReflection(room, undefined, undefined);
        project.addChild(room);
        rooms.set(page, room);
      }
      child.parent = room;
      room.addChild(child);
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
