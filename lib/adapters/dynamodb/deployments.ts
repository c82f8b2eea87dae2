import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { AuditEntry } from "../../core/access/audit.ts";
import type { Deployment, ListedDeployment } from "../../core/deployment/deployment.ts";
import type { DeploymentQuery, Deployments } from "../../core/ports/deployments.ts";
import { pooled } from "../../core/pump/pool.ts";
import { auditPutsOf } from "./audit.ts";
import { itemOf, parseDeployment, parseListed, parseOpen } from "./deployments-item.ts";
import { mergeNewest } from "./deployments-merge.ts";
import { type DeploymentIndex, deploymentKeys, openPartition, stateItem } from "./keys.ts";
import { allItems, firstItems } from "./pages.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

interface Part {
  readonly index: DeploymentIndex;
  readonly key: string;
  readonly value: string | number;
}

/** Deployments in DynamoDB. `auditTable`: where the entries of the audit log go that are written with new ones. */
export function awsDeployments(
  client: DynamoDBDocumentClient,
  table: string,
  auditTable: string | null = null,
): Deployments {
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

  /** Creating is writing the first version. */
  const put = (row: Deployment, audit?: AuditEntry): Promise<boolean> =>
    putNextVersion(client, table, deploymentKeys.state(row.id), itemOf(row), auditPutsOf(auditTable, audit));

  return {
    create: put,

    get: async (id) => {
      const item = await getItem(client, table, deploymentKeys.state(id));
      return item === undefined ? null : parseDeployment(item);
    },

    replace: (next) => put(next),

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
          IndexName: "open" satisfies DeploymentIndex,
          KeyConditionExpression: "#open = :open AND next_poll_at < :time",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":open": openPartition, ":time": time },
        },
        parseOpen,
      ),

    dueAfter: (time) =>
      allItems(
        client,
        {
          TableName: table,
          IndexName: "open" satisfies DeploymentIndex,
          KeyConditionExpression: "#open = :open AND next_poll_at > :time",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":open": openPartition, ":time": time },
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
  return [{ index: "newest", key: "item", value: stateItem }];
}
