import { serialization, type Tensor } from "@tensorflow/tfjs-core";
import type { layers as tfLayers } from "@tensorflow/tfjs-layers";
import type { Layer } from "../../contracts.ts";
import { checkInteger, checkMethod, checkOptions, describe } from "../../core/check.ts";
import { rng } from "../../core/rng.ts";
import { valueShape } from "../layer-shape.ts";
import { differentiable } from "./differentiable.ts";

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** One layer for both, or one for `fit` and one of the same shapes for `predict` and `evaluate`. */
export type Made = Layer | { readonly training: Layer; readonly inference: Layer };

/** How a layer of a model is made. */
export interface DiscreteLayerArgs<Config extends Json> {
  /** What `make` gets; saved with the model. */
  readonly config: Config;
  /**
   * Of the noise, 0 by default. Each training call draws anew. Calls of `predict` and `evaluate` all draw the same, so
   * that each of their batches repeats the noise of the first: to average over noise, use samples or training calls.
   */
  readonly seed?: number;
  readonly name?: string;
  /** Of one instance, for the first layer of a sequential model. */
  readonly inputShape?: number[];
}

/**
 * A class of layers for `tf.sequential` and `tf.model`, registered so that models that contain it can be loaded.
 *
 * A discrete layer is made of functions, which cannot be saved. What is saved is its class's name, `config` and
 * `seed`: call this with the same name before loading. Rows are the batch; the shape of one instance must end in the
 * layer's. Structures that need a context a row do not fit into a layered model: use `differentiable`.
 *
 * @param layers `tf.layers`.
 * @param className unique among registered classes.
 * @param make builds the layer from its configuration.
 * @returns a function that makes layers of the class.
 * @example
 * import * as tf from "@tensorflow/tfjs";
 * import { identity, imle, kSubset } from "hardgrad";
 * import { discreteLayer } from "hardgrad/tfjs";
 * const topK = discreteLayer(tf.layers, "TopK", ({ n, k }: { n: number; k: number }) => ({
 *   training: imle(kSubset(n, k)),
 *   inference: identity(kSubset(n, k)),
 * }));
 * const model = tf.sequential({ layers: [topK({ config: { n: 3, k: 2 }, inputShape: [3] })] });
 * (model.predict(tf.tensor2d([[1, 3, 2]])) as tf.Tensor).arraySync(); // [[0, 1, 1]]
 */
export function discreteLayer<Config extends Json>(
  layers: typeof tfLayers,
  className: string,
  make: (config: Config) => Made,
): (args: DiscreteLayerArgs<Config>) => tfLayers.Layer {
  if (typeof make !== "function") {
    throw new TypeError(`${className}: make expected a function of the configuration, got ${describe(make)}`);
  }

  function checkLayer(what: string, layer: unknown): asserts layer is Layer {
    checkMethod(className, `${what} layer`, layer, "forward", "a layer");
  }

  class Discrete extends layers.Layer {
    static readonly className = className;
    readonly #config: Config;
    readonly #seed: number;
    readonly #layers: { readonly training: Layer; readonly inference: Layer };
    #draws = 0;

    constructor({ config, seed = 0, ...args }: DiscreteLayerArgs<Config>) {
      super(args);
      checkInteger(className, "seed", seed, 0);
      checkJson(className, "config", config);
      const made = make(config) as Partial<Record<"training" | "inference", Layer>> | undefined;
      const { training, inference } = made?.training ? made : { training: made, inference: made };
      checkLayer("training", training);
      checkLayer("inference", inference);
      for (const shape of ["inputShape", "outputShape"] as const) {
        if (`${training[shape]}` !== `${inference[shape]}`) {
          throw new RangeError(
            `${className}: inference expected ${shape} [${training[shape]}] as in training, got [${inference[shape]}]`,
          );
        }
      }
      this.#config = config;
      this.#seed = seed;
      this.#layers = { training, inference };
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const shapes = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
      if (shapes.length > 1) {
        throw new RangeError(`Layer ${this.name} expects 1 input, but it received ${shapes.length} inputs.`);
      }
      const shape = shapes[0]!;
      const out = valueShape(this.#layers.training, shape);
      if (out !== undefined) return out;
      const expected = ["...", ...this.#layers.training.inputShape].join(",");
      throw new RangeError(
        `Input 0 is incompatible with layer ${this.name}: expected shape=[${expected}], found shape=[${shape.map(String)}].`,
      );
    }

    override call(inputs: Tensor | Tensor[], { training }: { training?: boolean }): Tensor {
      // Draws of predictions are number 0.
      const draw = training ? ++this.#draws : 0;
      const layer = this.#layers[training ? "training" : "inference"];
      return differentiable(layer)(Array.isArray(inputs) ? inputs[0]! : inputs, {
        rng: rng(this.#seed).split(draw),
      });
    }

    override getConfig(): serialization.ConfigDict {
      // On its way to JSON and back TensorFlow.js changes the case of all keys and strings, but for those of `name`.
      const config = { name: JSON.stringify(this.#config) };
      return { ...super.getConfig(), config, seed: this.#seed };
    }

    static override fromConfig<T extends serialization.Serializable>(
      type: serialization.SerializableConstructor<T>,
      { config, ...args }: serialization.ConfigDict,
    ): T {
      return new type({ ...args, config: JSON.parse((config as { name: string }).name) });
    }
  }
  serialization.registerClass(Discrete);
  return (args) => {
    checkOptions(className, args, ["config", "seed", "name", "inputShape"], "arguments");
    return new Discrete(args ?? {});
  };
}

type Shape = (number | null)[];

/** What JSON would change on its way must not get into a configuration. */
function checkJson(who: string, what: string, value: unknown, within: readonly unknown[] = []): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (Number.isFinite(value)) return;
  if (within.includes(value))
    throw new TypeError(`${who}: ${what} expected what JSON can hold, got a circle`);
  const plain = Array.isArray(value) || Object.getPrototypeOf(value ?? 0) === Object.prototype;
  if (!plain) {
    throw new TypeError(`${who}: ${what} expected what JSON can hold, got ${String(value)}`);
  }
  for (const [key, entry] of Object.entries(value as object)) {
    checkJson(who, `${what}.${key}`, entry, [...within, value]);
  }
}
