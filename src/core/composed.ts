/** Types and texts of structures that are made of others. */
import type { ExponentialFamily, FloatArray, Structure } from "../contracts.ts";

/** The context that a structure or a relaxation takes. */
export type ContextOf<S> = S extends {
  map(theta: FloatArray, out: FloatArray, context?: infer C): void;
}
  ? C
  : S extends { relax(utilities: FloatArray, temperature: number, out: FloatArray, context?: infer C): void }
    ? C
    : never;

/** A structure with this context that has what every S has: exact inference, states, cardinality. */
export type Composed<S, C> = ([S] extends [ExponentialFamily<never>] ? ExponentialFamily<C> : Structure<C>) &
  ([S] extends [{ states(): unknown }] ? Required<Pick<Structure<C>, "states">> : unknown) &
  ([S] extends [{ cardinality: number }] ? { readonly cardinality: number } : unknown);

export function isFamily(structure: Structure<never>): structure is ExponentialFamily<never> {
  return "marginalsJvp" in structure;
}

/** Why there is no exact inference, for the message of what asks for it: `which`, the structure, has none. */
export function whyInexact(which: string, { inexact }: Structure<never>): string {
  return inexact === undefined ? `${which} has none` : `${which} has none: ${inexact}`;
}
