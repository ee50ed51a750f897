/** Sinkhorn's rounds. */
export { balanced, exponentials, reverseRounds, scaledPlan, scalingRounds } from "../scaling";
