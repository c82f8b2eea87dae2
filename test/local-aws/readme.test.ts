import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { createProcesses } from "@slipway/local-aws/containers/processes/processes";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import type { AwsService } from "@slipway/local-aws/kernel/service";
import { createAcm } from "@slipway/local-aws/services/acm/acm";
import { createAutoScaling } from "@slipway/local-aws/services/autoscaling/autoscaling";
import { createCloudWatch } from "@slipway/local-aws/services/cloudwatch/cloudwatch";
import { createCodeBuild } from "@slipway/local-aws/services/codebuild/codebuild";
import { createDynamoDb } from "@slipway/local-aws/services/dynamodb/index";
import { createEcr } from "@slipway/local-aws/services/ecr/ecr";
import { createEcs } from "@slipway/local-aws/services/ecs/ecs";
import { createElb } from "@slipway/local-aws/services/elb/elb";
import { createEvents } from "@slipway/local-aws/services/events/events";
import { createIam } from "@slipway/local-aws/services/iam/iam";
import { createLogs } from "@slipway/local-aws/services/logs/logs";
import { SQS_OPERATIONS } from "@slipway/local-aws/services/s3-and-sqs/sqs";
import { createSecretsManager } from "@slipway/local-aws/services/secretsmanager/secretsmanager";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { createSts } from "@slipway/local-aws/services/sts/sts";
import { functions } from "./support/functions.ts";
import { startLocalAws } from "./support/local-aws.ts";

const readme = readFileSync(join(import.meta.dirname, "../../packages/local-aws/README.md"), "utf8");

/** The operations in the table of the README, by the scope in its first column. */
const documented = new Map(
  [...readme.matchAll(/^\| `([a-z-]+)` \| [^|]* \| ([^|]*) \|/gm)].map(([, scope = "", cell = ""]) => [
    scope,
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name).toSorted(),
  ]),
);

/** Every service of a JSON or query protocol. */
async function services(): Promise<readonly AwsService[]> {
  const found: AwsService[] = [];
  const processes = createProcesses(systemClock);
  const aws = await startLocalAws();
  const { context } = aws;
  const elb = aws.add(createElb(context));
  const logs = aws.add(createLogs(context));
  const unused = (): never => {
    throw new Error("No task or build is started here.");
  };
  const parts = [
    elb,
    logs,
    aws.add(await createAcm(context, { hasRecord: unused, isForeign: unused, isUsed: unused })),
    aws.add(await createDynamoDb(context)),
    aws.add(createCloudWatch(context, { minuteMs: 60_000 })),
    aws.add(createEcr(context)),
    aws.add(createSsm(context)),
    createIam(context),
    aws.add(createSts(context, { assume: unused, mayBeAssumedBy: unused })),
    aws.add(createSecretsManager(context)),
    aws.add(createEvents(context, { invoke: functions() })),
    aws.add(
      createEcs(context, { engine: { start: unused, isFromTask: unused, sweep: async () => undefined }, elb, logs }),
    ),
    aws.add(createAutoScaling(context, { capacity: { of: unused, set: unused }, lastMinute: unused })),
    aws.add(
      createCodeBuild(context, {
        processes,
        resolveCode: unused,
        tools: join(aws.dataDir, "tools"),
        hostEnvironment: {},
        engine: "docker",
        sandbox: null,
      }),
    ),
  ];
  found.push(...parts.flatMap((part) => part.services));
  await aws.close();
  await processes.close();
  return found;
}

test("the README of local-aws lists exactly the operations that there are", async () => {
  const actual = new Map<string, readonly string[]>([["sqs", Object.keys(SQS_OPERATIONS).toSorted()]]);
  for (const service of await services()) {
    if (service.kind === "http") continue;
    const known = actual.get(service.scope) ?? [];
    actual.set(service.scope, [...known, ...Object.keys(service.operations)].toSorted());
  }
  for (const [scope, operations] of actual) expect([scope, documented.get(scope)]).toEqual([scope, operations]);
});
