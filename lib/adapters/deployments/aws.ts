import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { type Deployment, deploymentSchema, isOpen } from "../../core/deployment.ts";
import { stageSchema } from "../../core/stage.ts";
import type { DeploymentQuery, Deployments } from "../../ports/deployments.ts";
import { unlessConditionFails } from "../dynamodb/table.ts";
import { mergeNewest } from "./merge.ts";

/** The item that holds a deployment's state, under the deployment's partition. `open` makes it appear in the index of that name. */
const itemOf = (deployment: Deployment) => ({
  ...deployment,
  deployment_id: deployment.id,
  item: "state",
  open: isOpen(deployment) ? "open" : undefined,
  next_look_at: deployment.next_look_at ?? undefined,
});

/** A row as stored, or as a stream tells it. Fields that did not exist when it was written get their defaults. */
export function parseDeployment(item: Record<string, unknown>): Deployment {
  return deploymentSchema.parse({ ...item, next_look_at: item.next_look_at ?? null });
}

interface Part {
  readonly index: string;
  readonly key: string;
  readonly value: string | number;
}

/** Deployments in DynamoDB. */
export function awsDeployments(client: DynamoDBDocumentClient, table: string): Deployments {
  const newest = async (part: Part, query: DeploymentQuery): Promise<Deployment[]> => {
    const byStage = query.stage !== null && part.key !== "stage";
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: part.index,
        KeyConditionExpression: query.before === null ? "#key = :value" : "#key = :value AND id < :before",
        ...(byStage ? { FilterExpression: "stage = :stage" } : {}),
        ExpressionAttributeNames: { "#key": part.key },
        ExpressionAttributeValues: {
          ":value": part.value,
          ...(query.before === null ? {} : { ":before": query.before }),
          ...(byStage ? { ":stage": query.stage } : {}),
        },
        ScanIndexForward: false,
        ...(byStage ? {} : { Limit: query.limit + 1 }),
      }),
    );
    return (answer.Items ?? []).map(parseDeployment);
  };

  return {
    create: (deployment) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: itemOf(deployment),
            ConditionExpression: "attribute_not_exists(deployment_id)",
          }),
        ),
      ),

    get: async (id) => {
      const answer = await client.send(
        new GetCommand({ TableName: table, Key: { deployment_id: id, item: "state" }, ConsistentRead: true }),
      );
      return answer.Item === undefined ? null : parseDeployment(answer.Item);
    },

    replace: (next) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: itemOf(next),
            ConditionExpression: "version = :before",
            ExpressionAttributeValues: { ":before": next.version - 1 },
          }),
        ),
      ),

    list: async (query) => {
      const parts = partsOf(query);
      const lists = await Promise.all(parts.map((part) => newest(part, query)));
      const merged = mergeNewest(lists);
      return { deployments: merged.slice(0, query.limit), more: merged.length > query.limit };
    },

    overdue: async (time) => {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: "open",
          KeyConditionExpression: "#open = :open AND next_look_at < :time",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":open": "open", ":time": time },
          Limit: 100,
        }),
      );
      return (answer.Items ?? []).map(parseDeployment);
    },

    dueAfter: async (time) => {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: "open",
          KeyConditionExpression: "#open = :open AND next_look_at > :time",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":open": "open", ":time": time },
          Limit: 100,
        }),
      );
      return (answer.Items ?? []).map(parseDeployment);
    },
  };
}

/** The index partitions that together hold what is asked for: the apps', or the stages'. */
function partsOf(query: DeploymentQuery): Part[] {
  if (query.apps !== null) return query.apps.map((app) => ({ index: "by_app", key: "app_id", value: app }));
  const stages = query.stage === null ? stageSchema.options : [query.stage];
  return stages.map((stage) => ({ index: "by_stage", key: "stage", value: stage }));
}
