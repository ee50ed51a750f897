/** Assignments. */
export { assign } from "../assignment";
