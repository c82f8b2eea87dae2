import { Duration } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource, SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import { Construct } from "constructs";
import { itemPrefixes, stateItem } from "../adapters/dynamodb/keys.ts";
import { acknowledge } from "./acknowledge.ts";
import { alarm } from "./alarm.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

type Filter = ReturnType<typeof FilterCriteria.filter>;

const itemsNamed = (...names: unknown[]) => ({ Keys: { item: { S: names } } });

const states: Filter = FilterCriteria.filter({
  eventName: FilterRule.or("INSERT", "MODIFY"),
  dynamodb: itemsNamed(stateItem),
});

/** New lines and new viewers. */
const logsAndConnections: Filter = FilterCriteria.filter({
  eventName: FilterRule.isEqual("INSERT"),
  dynamodb: itemsNamed(...FilterRule.beginsWith(itemPrefixes.log), ...FilterRule.beginsWith(itemPrefixes.connection)),
});

/** A socket whose replay was cut short and goes on, that is due to be tried again, or that is to be closed. The pump's own marks must not wake it. */
const socketsBehind: Filter = FilterCriteria.filter({
  eventName: FilterRule.isEqual("MODIFY"),
  dynamodb: {
    ...itemsNamed(...FilterRule.beginsWith(itemPrefixes.connection), ...FilterRule.beginsWith(itemPrefixes.feed)),
    NewImage: { behind: { N: FilterRule.exists() } },
  },
});

export interface DeploymentsStreamProps {
  readonly table: Table;
  readonly toSockets: SlipwayFunction;
  readonly toBus: SlipwayFunction;
}

/** The two consumers of the stream of `deployments`. DynamoDB supports no more than two: everything else subscribes to the event bus. */
export class DeploymentsStream extends Construct {
  constructor(scope: Construct, id: string, { table, toSockets, toBus }: DeploymentsStreamProps) {
    super(scope, id);
    const undelivered = new DeadLetters(this, "Undelivered", {
      what: "Changes of deployments that were not delivered to viewers or to the event bus",
      runbook: "Changes of deployments were not delivered",
    }).queue;
    const common = {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(0),
      // One writer a deployment at a time: lines stay in order.
      parallelizationFactor: 1,
      bisectBatchOnError: true,
      onFailure: new SqsDlq(undelivered),
    };
    toSockets.addEventSource(
      new DynamoEventSource(table, {
        ...common,
        // The pump reads what lies after its mark, so the next record makes good a lost one: no long blockade of the shard.
        retryAttempts: 3,
        filters: [states, logsAndConnections, socketsBehind],
      }),
    );
    toBus.addEventSource(
      new DynamoEventSource(table, { ...common, retryAttempts: 10, reportBatchItemFailures: true, filters: [states] }),
    );
    for (const reader of [toSockets, toBus]) {
      const name = reader.node.id;
      acknowledge(reader.ownRole, {
        "IAM5[Resource::*]": "dynamodb:ListStreams, which Lambda's poller calls, has no resource-level permission.",
      });
      alarm(this, `${name}-late`, {
        metric: reader.metric("IteratorAge", { period: Duration.minutes(1), statistic: "Maximum" }),
        above: 60_000,
        periods: 3,
        says: `${name} is more than a minute behind the deployments stream.`,
        runbook: "The deployments stream is delayed",
      });
    }
  }
}
