import { type numpy as np, tree } from "@jax-js/jax";
import type { Diagnostics, Layer } from "../../contracts.ts";
import { checkMethod, checkOptions, describe } from "../../core/check.ts";
import { type Crossing, cross, type Draw } from "./discrete.ts";
import { type Carry, type Piece, type Pulled, program, type Update } from "./program.ts";
import { type Reading, readLater, readNow } from "./reading.ts";
import type { Tree } from "./tree.ts";

/** Any piece: its parameter types are what it says they are. */
export type AnyPiece = Piece<never, never>;

/** The parameter trees of a list of pieces. */
export type ParamsOf<F extends readonly AnyPiece[]> = { [I in keyof F]: Parameters<F[I]>[0] };

export interface ChainOptions<F extends readonly AnyPiece[]> {
  /** One more than layers. They share the batch. */
  readonly pieces: F;
  readonly layers: readonly Layer<never>[];
  /** Needed by `step`. */
  readonly update?: Update;
}

export interface ChainResult {
  readonly loss: number;
  /** What each piece returned as `aux`, `{}` where nothing. The caller owns the arrays. */
  readonly aux: Tree[];
  /** Each layer's. */
  readonly diagnostics: Diagnostics[];
}
export interface ChainGradients<P> extends ChainResult {
  readonly gradients: P;
}
export interface ChainStep<P> extends ChainResult {
  readonly params: P;
  readonly states: Tree[];
}

/** Arrays passed in are consumed, `tree.ref(params)` keeps them; after an error they are the caller's still. */
export interface Chain<P, B> {
  /** Loss and gradients of all trees. `draws` holds one entry a layer. */
  valueAndGrad(params: P, batch: B, draws?: readonly Draw[]): ChainGradients<P>;
  valueAndGradAsync(params: P, batch: B, draws?: readonly Draw[]): Promise<ChainGradients<P>>;
  /** Loss and updated trees; `states` holds one optimiser state a piece. */
  step(params: P, states: readonly Tree[], batch: B, draws?: readonly Draw[]): ChainStep<P>;
  stepAsync(params: P, states: readonly Tree[], batch: B, draws?: readonly Draw[]): Promise<ChainStep<P>>;
  /** Loss alone. */
  evaluate(params: P, batch: B, draws?: readonly Draw[]): ChainResult;
  evaluateAsync(params: P, batch: B, draws?: readonly Draw[]): Promise<ChainResult>;
  /** Frees the arrays that the jitted functions captured. */
  dispose(): void;
}

/**
 * Pieces of a network with a discrete layer between each two: piece 0 → layer 0 → piece 1 → … → loss.
 *
 * Each piece is one jitted program forward, and one that recomputes it, pulls the cotangents of its outputs back and
 * applies the update; the last piece has only the second. Programs that depend on nothing but their arguments are
 * traced once a shape and keep nothing alive, which a pullback handed from one program to the next would.
 *
 * @throws TypeError where θ does not fit its layer; whatever a layer throws.
 * @example
 * import { numpy as np, tree } from "@jax-js/jax";
 * import { identity, kSubset } from "hardgrad";
 * import { chain } from "hardgrad/jax";
 * const layer = identity(kSubset(3, 1));
 * const model = chain({
 *   layers: [layer, layer],
 *   pieces: [
 *     (p: np.Array, x: np.Array) => x.mul(p),
 *     (p: np.Array, x: np.Array, z: np.Array) => (x.dispose(), z.mul(p)),
 *     (p: np.Array, x: np.Array, z: np.Array) => np.sum(z.mul(p).mul(x)),
 *   ],
 * });
 * const params = [1, -1, 2].map((a) => np.array([a, a, a])) as [np.Array, np.Array, np.Array];
 * model.valueAndGrad(params, np.array([[1, 3, 2]])).loss; // 2
 */
export function chain<const F extends readonly AnyPiece[]>(
  options: ChainOptions<F>,
): Chain<ParamsOf<F>, Parameters<F[number]>[1]> {
  type P = ParamsOf<F>;
  type B = Parameters<F[number]>[1];
  checkOptions("chain", options, ["pieces", "layers", "update"]);
  const { layers, update } = options ?? {};
  const pieces = options?.pieces as unknown as readonly Piece<Tree, Tree, Tree>[];
  for (const [what, list] of Object.entries({ pieces, layers })) {
    if (!Array.isArray(list)) throw new TypeError(`chain: ${what} expected a list, got ${describe(list)}`);
  }
  if (pieces.length !== layers.length + 1) {
    throw new RangeError(`chain: pieces expected ${layers.length + 1} functions, got ${pieces.length}`);
  }
  for (const [i, layer] of layers.entries()) {
    checkMethod("chain", `layers at ${i}`, layer, "forward", "a layer");
  }
  for (const [i, piece] of pieces.entries()) {
    if (typeof piece === "function") continue;
    throw new TypeError(`chain: pieces at ${i} expected a function, got ${describe(piece)}`);
  }
  const programs = pieces.map((piece, i) => program(piece, i === layers.length, update));
  const top = layers.length;

  /** Up to the last piece's input. */
  function* forward(
    params: Trees,
    batch: Tree,
    draws: readonly Draw[] | undefined,
    scope: Scope,
  ): Reading<Pass> {
    const pass: Pass = { carries: [{}], crossings: [], aux: [] };
    for (const [i, layer] of layers.entries()) {
      const { head, bypass, aux } = lend(programs[i]!.forward, params[i]!, pass.carries[i]!, batch);
      scope.scratch.push(head, bypass);
      scope.made.push(aux);
      const crossing = yield* cross(layer as Layer, head.ref, draws?.[i]);
      scope.scratch.push(crossing.z);
      pass.carries.push({ z: crossing.z, bypass });
      pass.crossings.push(crossing);
      pass.aux.push(aux);
    }
    return pass;
  }

  const evaluate = (params: Trees, batch: Tree, draws?: readonly Draw[]): Reading<ChainResult> => {
    expectList("params", params, pieces.length, "trees, one a piece");
    expectDraws(draws, layers.length);
    return scoped([...params, batch], function* (scope) {
      const { carries, crossings, aux } = yield* forward(params, batch, draws, scope);
      const out = lend(programs[top]!.forward, params[top]!, carries[top]!, batch);
      scope.made.push(out.aux);
      const [loss] = yield [out.head];
      return { loss: loss![0]!, aux: [...aux, out.aux], diagnostics: crossings.map((c) => c.diagnostics) };
    });
  };

  const differentiate = (
    kind: "pull" | "step",
    params: Trees,
    states: Trees,
    batch: Tree,
    draws?: readonly Draw[],
  ): Reading<ChainResult & { params: Tree[]; states: Tree[] }> => {
    expectList("params", params, pieces.length, "trees, one a piece");
    if (kind === "step") expectList("states", states, pieces.length, "trees, one a piece");
    expectDraws(draws, layers.length);
    return scoped([...params, ...states, batch], function* (scope) {
      const { carries, crossings, aux } = yield* forward(params, batch, draws, scope);
      const made = { params: [] as Tree[], states: [] as Tree[] };
      let loss = NaN;
      let cotangent: Tree = {};
      for (let i = top; ; i--) {
        const run = programs[i]![kind];
        const pulled: Pulled = lend(run, params[i]!, carries[i]!, batch, cotangent, states[i] ?? {});
        made.params.unshift(pulled.params);
        made.states.unshift(pulled.state);
        scope.made.push(pulled.params, pulled.state);
        scope.scratch.push(pulled.carry);
        if (i === top) {
          aux.push(pulled.aux!);
          scope.made.push(pulled.aux!);
          loss = (yield [pulled.loss!])[0]![0]!;
        }
        if (i === 0) break;
        const head: np.Array = yield* crossings[i - 1]!.backward(pulled.carry.z!.ref);
        scope.scratch.push(head);
        cotangent = { head, bypass: pulled.carry.bypass! };
      }
      return { loss, aux, diagnostics: crossings.map((c) => c.diagnostics), ...made };
    });
  };

  function* gradients(params: P, batch: B, draws?: readonly Draw[]): Reading<ChainGradients<P>> {
    const { params: pulled, states, ...rest } = yield* differentiate("pull", params, [], batch, draws);
    tree.dispose(states);
    return { ...rest, gradients: pulled as Tree[] as unknown as P };
  }
  function* step(params: P, states: Trees, batch: B, draws?: readonly Draw[]): Reading<ChainStep<P>> {
    if (update === undefined) throw new TypeError("step: expected the option update, got none");
    const made = yield* differentiate("step", params, states, batch, draws);
    return { ...made, params: made.params as Tree[] as unknown as P };
  }

  return {
    valueAndGrad: (...inputs) => readNow(gradients(...inputs)),
    valueAndGradAsync: (...inputs) => readLater(gradients(...inputs)),
    step: (...inputs) => readNow(step(...inputs)),
    stepAsync: (...inputs) => readLater(step(...inputs)),
    evaluate: (...inputs) => readNow(evaluate(...inputs)),
    evaluateAsync: (...inputs) => readLater(evaluate(...inputs)),
    dispose() {
      for (const { dispose } of programs) dispose();
    },
  };
}

type Trees = readonly Tree[];

/** What the forward pass leaves for the backward. */
interface Pass {
  readonly carries: Carry[];
  readonly crossings: Crossing[];
  readonly aux: Tree[];
}

/** What an error would leave to free: arrays used on the way, always, and arrays made for the caller. */
interface Scope {
  readonly scratch: Tree[];
  readonly made: Tree[];
}

/** Runs a program on references of its own, which it consumes, unless it throws: then they are given back. */
function lend<T extends Trees, R>(run: (...trees: T) => R, ...trees: T): R {
  tree.ref(trees as unknown as Tree);
  try {
    return run(...trees);
  } catch (error) {
    tree.dispose(trees as unknown as Tree);
    throw error;
  }
}

/** Consumes `owned` when `body` returns; when it throws, frees what it made instead. */
function* scoped<R>(owned: Tree, body: (scope: Scope) => Reading<R>): Reading<R> {
  const scope: Scope = { scratch: [], made: [] };
  let left: Tree = scope.made;
  try {
    const result = yield* body(scope);
    left = owned;
    return result;
  } finally {
    tree.dispose(scope.scratch);
    tree.dispose(left);
  }
}

function expectDraws(draws: readonly Draw[] | undefined, layers: number): void {
  if (draws !== undefined) expectList("draws", draws, layers, "objects, one a layer");
}

function expectList(what: string, list: readonly unknown[], count: number, of: string): void {
  if (!Array.isArray(list) || list.length !== count) {
    throw new TypeError(`chain: ${what} expected a list of ${count} ${of}, got ${list?.length ?? list}`);
  }
}
