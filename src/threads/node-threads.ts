/** Of Node's worker_threads, what is used here: the library's types know no Node. */
export interface NodeThreads {
  readonly Worker: new (
    url: URL,
    options: { readonly execArgv?: readonly string[] },
  ) => {
    postMessage(message: unknown, transfer: readonly MessagePort[]): void;
    on(event: "error", listener: (error: unknown) => void): void;
    on(event: "exit", listener: (code: number) => void): void;
    unref(): void;
    terminate(): Promise<number>;
  };
  readonly parentPort: MessagePort;
}

/** Node's module of threads; undefined elsewhere. */
export function nodeThreads(): Promise<NodeThreads> | undefined {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (process?.versions?.node === undefined) return undefined;
  // By a name that bundlers do not follow.
  const name = "node:worker_threads";
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<NodeThreads>;
}
