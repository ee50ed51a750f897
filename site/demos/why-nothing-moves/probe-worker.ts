import { serve } from "../shared/streaming.ts";
import { asked } from "./asked.ts";
import type { WhyState } from "./balances.ts";

serve((state: WhyState) => asked(state));
