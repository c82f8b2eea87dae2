import type { LocalContext } from "../../kernel/part.ts";
import type { Elb } from "../elb/elb.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Store } from "./store.ts";
import type { Traffic } from "./traffic.ts";

/** What the operations on services work with. */
export interface EcsDeps {
  readonly context: LocalContext;
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly elb: Elb;
  readonly traffic: Traffic;
  /** How long a minute of a pause lasts. */
  readonly minuteMs: number;
  /** How late a service deployment is listed at most. */
  readonly listDelayMs: number;
}
