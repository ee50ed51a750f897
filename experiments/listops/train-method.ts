import type { Cell } from "../../lab/experiment.ts";
import { tensor } from "../../lab/run/safetensors.ts";
import type { MethodName } from "./config.ts";
import { methodOf } from "./methods.ts";
import type { Networks } from "./model.ts";
import { type Best, type Training, train } from "./train.ts";

/** A whole cell: trains a method, and keeps the graphs of the first `pictured` test expressions. */
export async function trainMethod(
  cell: Cell,
  name: MethodName,
  { networks, ...setting }: Omit<Training, "method" | "network"> & { readonly networks: Networks },
  pictured: number,
): Promise<Best> {
  const infers = name !== "lstm" && name !== "ground-truth";
  const training: Training = infers
    ? { ...setting, network: networks.latent, method: methodOf(name, setting.config) }
    : { ...setting, network: name === "lstm" ? networks.plain : networks.given, method: undefined };
  const { best, graphs } = await train(cell, training, pictured);
  if (infers && pictured > 0) cell.keep({ graphs: tensor(graphs) });
  return best;
}
