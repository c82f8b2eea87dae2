import { Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import { alarm } from "./alarm.ts";
import type { FunctionName } from "./functions.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

/** Functions without a caller who would see the error. */
const watched = {
  "queue-to-work": "The worker fails",
  "rows-to-sockets": "Viewers get no updates",
} as const satisfies Partial<Record<FunctionName, string>>;

/** Alarms on asynchronous functions. Each links to the runbook section beside its name. */
export class FunctionAlarms extends Construct {
  constructor(scope: Construct, id: string, functions: Readonly<Record<keyof typeof watched, SlipwayFunction>>) {
    super(scope, id);
    for (const name of Object.keys(watched) as (keyof typeof watched)[]) {
      alarm(this, name, {
        metric: functions[name].metricErrors({ period: Duration.minutes(5), statistic: "Sum" }),
        above: 2,
        says: `${name} failed more than twice within five minutes.`,
        runbook: watched[name],
      });
    }
  }
}
