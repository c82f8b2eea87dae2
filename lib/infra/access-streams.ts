import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda";
import { DynamoEventSource, SqsDlq } from "aws-cdk-lib/aws-lambda-event-sources";
import { Construct } from "constructs";
import { appKinds } from "../adapters/dynamodb/keys.ts";
import { acknowledge } from "./acknowledge.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { SlipwayFunction } from "./slipway-function.ts";

type Filter = ReturnType<typeof FilterCriteria.filter>;

/** A token or a session that is gone. */
const credentialsGone: Filter = FilterCriteria.filter({
  eventName: FilterRule.isEqual("REMOVE"),
  dynamodb: { OldImage: { kind: { S: FilterRule.or("token", "session") } } },
});

/** A token that may have become another's: most of these only record its use. */
const tokensChanged: Filter = FilterCriteria.filter({
  eventName: FilterRule.isEqual("MODIFY"),
  dynamodb: { NewImage: { kind: { S: FilterRule.isEqual("token") } } },
});

const appsDeleted: Filter = FilterCriteria.filter({
  eventName: FilterRule.isEqual("MODIFY"),
  dynamodb: { NewImage: { kind: { S: FilterRule.isEqual(appKinds.app) }, deleted_at: { S: FilterRule.exists() } } },
});

export interface AccessStreamsProps {
  readonly tokens: Table;
  readonly apps: Table;
  readonly toSockets: SlipwayFunction;
}

/** What takes access away: whoever writes it, open sockets hear of it. */
export class AccessStreams extends Construct {
  constructor(scope: Construct, id: string, { tokens, apps, toSockets }: AccessStreamsProps) {
    super(scope, id);
    const undelivered = new DeadLetters(this, "Undelivered", {
      what: "Records of lost access after which open sockets were not closed",
      runbook: "Sockets were not closed",
    }).queue;
    const read = (table: Table, filters: Filter[]) =>
      toSockets.addEventSource(
        new DynamoEventSource(table, {
          startingPosition: StartingPosition.TRIM_HORIZON,
          batchSize: 100,
          bisectBatchOnError: true,
          retryAttempts: 10,
          onFailure: new SqsDlq(undelivered),
          filters,
        }),
      );
    read(tokens, [credentialsGone, tokensChanged]);
    read(apps, [appsDeleted]);
    acknowledge(toSockets.ownRole, {
      "IAM5[Resource::*]": "dynamodb:ListStreams, which Lambda's poller calls, has no resource-level permission.",
    });
  }
}
