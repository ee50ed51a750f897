/** The command line with the test's own experiment, to be run as a process and killed. */
import { commandLine } from "../cli/command-line.ts";
import { counting } from "./counting.ts";

process.exitCode = await commandLine(process.argv.slice(2), [
  { name: "counting", load: async () => counting },
]);
