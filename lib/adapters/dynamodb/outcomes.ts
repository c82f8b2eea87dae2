import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { keptDays } from "../../core/metrics/metrics.ts";
import { type DeploymentOutcome, deploymentOutcomeSchema } from "../../core/metrics/outcome.ts";
import type { Outcomes } from "../../core/ports/metrics.ts";
import { outcomeKey } from "./keys.ts";
import { allItems } from "./pages.ts";

const daySeconds = 24 * 3600;

/** An outcome is final, so its key and all of its item follow from it: to put it again is to put the same. */
const itemOf = (outcome: DeploymentOutcome) => ({
  ...outcome,
  ...outcomeKey(outcome.app_id, outcome.finished_at, outcome.deployment_id),
  expires_at: Math.floor(Date.parse(outcome.finished_at) / 1000) + keptDays * daySeconds,
});

/** Outcomes in DynamoDB: one item each, in the partition of its app, sorted by when it ended. */
export function awsOutcomes(client: DynamoDBDocumentClient, table: string): Outcomes {
  return {
    record: async (outcome) => {
      await client.send(new PutCommand({ TableName: table, Item: itemOf(outcome) }));
    },
    list: (appId, since) =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "app_id = :app AND ended >= :since",
          ExpressionAttributeValues: { ":app": appId, ":since": since },
          ConsistentRead: true,
        },
        (item) => deploymentOutcomeSchema.parse(item),
      ),
  };
}
