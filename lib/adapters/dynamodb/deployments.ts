import { randomUUID } from "node:crypto";
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Deployment, ListedDeployment } from "../../core/deployment/deployment.ts";
import type { DeploymentQuery, Deployments } from "../../core/ports/deployments.ts";
import { pooled } from "../../core/pump/pool.ts";
import { itemOf, parseDeployment, parseListed, parseOpen } from "./deployments-item.ts";
import { mergeNewest } from "./deployments-merge.ts";
import { allItems, firstItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";

interface Part {
  readonly index: string;
  readonly key: string;
  readonly value: string | number;
}

/** Deployments in DynamoDB. */
export function awsDeployments(client: DynamoDBDocumentClient, table: string): Deployments {
  /** Of one partition one more than asked for, so that it shows whether there are more. */
  const newest = (part: Part, { stage, before, limit }: DeploymentQuery): Promise<ListedDeployment[]> => {
    const byStage = stage !== null && part.key !== "stage";
    const query = {
      TableName: table,
      IndexName: part.index,
      KeyConditionExpression: before === null ? "#key = :value" : "#key = :value AND id < :before",
      ...(byStage ? { FilterExpression: "stage = :stage" } : {}),
      ExpressionAttributeNames: { "#key": part.key },
      ExpressionAttributeValues: {
        ":value": part.value,
        ...(before === null ? {} : { ":before": before }),
        ...(byStage ? { ":stage": stage } : {}),
      },
      ScanIndexForward: false,
    };
    return firstItems(client, query, limit + 1, parseListed);
  };

  /**
   * The SDK repeats a request whose answer was lost. Its own first try must not make the repeat fail the condition:
   * whoever won would learn that they lost.
   */
  const put = (row: Deployment, condition: string, values: Readonly<Record<string, number>> = {}): Promise<boolean> => {
    const write_id = randomUUID();
    return unlessConditionFails(
      client.send(
        new PutCommand({
          TableName: table,
          Item: { ...itemOf(row), write_id },
          ConditionExpression: `${condition} OR write_id = :write`,
          ExpressionAttributeValues: { ...values, ":write": write_id },
        }),
      ),
    );
  };

  return {
    create: (deployment) => put(deployment, "attribute_not_exists(deployment_id)"),

    get: async (id) => {
      const answer = await client.send(
        new GetCommand({ TableName: table, Key: { deployment_id: id, item: "state" }, ConsistentRead: true }),
      );
      return answer.Item === undefined ? null : parseDeployment(answer.Item);
    },

    replace: (next) => put(next, "version = :before", { ":before": next.version - 1 }),

    list: async (query) => {
      const lists: ListedDeployment[][] = [];
      await pooled(partsOf(query), async (part) => lists.push(await newest(part, query)));
      const merged = mergeNewest(lists);
      return { deployments: merged.slice(0, query.limit), more: merged.length > query.limit };
    },

    overdue: (time) =>
      allItems(
        client,
        {
          TableName: table,
          IndexName: "open",
          KeyConditionExpression: "#open = :open AND next_poll_at < :time",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":open": "open", ":time": time },
        },
        parseOpen,
      ),

    dueAfter: (time) =>
      allItems(
        client,
        {
          TableName: table,
          IndexName: "open",
          KeyConditionExpression: "#open = :open AND next_poll_at > :time",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":open": "open", ":time": time },
        },
        parseOpen,
      ),
  };
}

/**
 * The index partitions that together hold what is asked for. Those of stages are for one stage only: a row that moves on
 * while they are read one after the other would be in none of them.
 */
function partsOf({ apps, stage }: DeploymentQuery): Part[] {
  if (apps !== null) return apps.map((app) => ({ index: "by_app", key: "app_id", value: app }));
  if (stage !== null) return [{ index: "by_stage", key: "stage", value: stage }];
  return [{ index: "newest", key: "item", value: "state" }];
}
