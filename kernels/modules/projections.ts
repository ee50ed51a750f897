/** Projections onto the polytope of k-subsets. */
export { project } from "../projections";
