import { serve } from "../shared/streaming.ts";
import { balances, type WhyState } from "./balances.ts";

serve((state: WhyState) => balances(state));
