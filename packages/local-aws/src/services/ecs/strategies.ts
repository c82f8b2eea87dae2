import type { Service } from "./model.ts";
import { rolling, type Strategy } from "./strategy.ts";
import { shifting } from "./traffic-shift.ts";

/** By `deploymentConfiguration.strategy`. */
export const STRATEGIES: Readonly<Record<Service["deploymentConfiguration"]["strategy"], Strategy>> = {
  ROLLING: rolling,
  BLUE_GREEN: shifting,
  LINEAR: shifting,
  CANARY: shifting,
};
