/** Command-line options for threads whose modules are TypeScript: tsx registers itself in the main thread alone. */
const register = `import { register } from ${JSON.stringify(import.meta.resolve("tsx/esm/api"))}; register();`;

export const TYPESCRIPT_THREADS: readonly string[] = [
  "--import",
  `data:text/javascript,${encodeURIComponent(register)}`,
];
