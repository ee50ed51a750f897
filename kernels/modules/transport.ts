/** Sinkhorn's rounds and their gradients. */
export { exponentials, scaledPlan, scalingRounds } from "../scaling";
export { balanced, reverseRounds, weighted } from "../scaling-gradients";
export { flowPotentials, rowPotentials, shortestDistances } from "../laplacian";
