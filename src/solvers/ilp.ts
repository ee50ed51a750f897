/** hardgrad/ilp: integer linear programs, and structures that need them, solved by HiGHS. */
export type { Disposing } from "../core/disposing.ts";
export type { IlpConstraint, IlpModel, IlpTerms, IlpVariable } from "./ilp/ilp-model.ts";
export { type Ilp, type IlpContext, ilp } from "./ilp/integer-program.ts";
export { type LargeTour, largeTour } from "./ilp/large-tour.ts";
export { type Highs, loadHighs } from "./ilp/load-highs.ts";
export type { IlpSettings } from "./ilp/prepared-program.ts";
