/** What owns memory or threads that no garbage collector sees: call `dispose`, or declare it with `using`. */
export type Disposing = {
  dispose(): void;
} & {
  readonly [Key in typeof Symbol extends { readonly dispose: infer Dispose extends symbol }
    ? Dispose
    : never]: () => void;
};

/** `target` with `dispose`, under the symbol of `using` too where the platform has it. */
export function disposing<T extends object>(target: T, dispose: () => void): T & Disposing {
  const symbol = (Symbol as { dispose?: symbol }).dispose;
  return Object.assign(target, { dispose }, symbol ? { [symbol]: dispose } : {}) as T & Disposing;
}
