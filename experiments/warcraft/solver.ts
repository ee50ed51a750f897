import { type GridPath, gridPath } from "../../src/index.ts";

/** Shortest paths on `side` × `side` cells, for threads. */
export default (side: number): GridPath => gridPath(side, side);
