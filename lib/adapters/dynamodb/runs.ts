import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Runs } from "../../core/ports/runs.ts";
import { isOver, type Run, runSchema } from "../../core/run/run.ts";
import { openPartition, type RunIndex, runKeys } from "./keys.ts";
import { allItems, firstItems } from "./pages.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

/** As long as logs of deployments are kept. */
const keptSeconds = 90 * 24 * 3600;

/** Runs in DynamoDB. Those that are over expire, and leave the index of those that are not. */
export function awsRuns(client: DynamoDBDocumentClient, table: string): Runs {
  const put = (run: Run): Promise<boolean> =>
    putNextVersion(client, table, runKeys.run(run.id), {
      ...run,
      // A key of an index cannot be null.
      next_poll_at: run.next_poll_at ?? undefined,
      ...(isOver(run)
        ? { expires_at: Math.floor(Date.parse(run.finished_at ?? run.created_at) / 1000) + keptSeconds }
        : { open: openPartition }),
    });

  const ofApp = (appId: number, before: number | null) => ({
    TableName: table,
    IndexName: "by_app" satisfies RunIndex,
    KeyConditionExpression: before === null ? "app_id = :app" : "app_id = :app AND id < :before",
    ExpressionAttributeValues: { ":app": appId, ...(before === null ? {} : { ":before": before }) },
    ScanIndexForward: false,
  });

  return {
    create: put,
    replace: put,
    get: async (id) => {
      const item = await getItem(client, table, runKeys.run(id));
      return item === undefined ? null : runSchema.parse(item);
    },
    list: (appId, { limit, before }) =>
      firstItems(client, ofApp(appId, before), limit, (item) => runSchema.parse(item)),
    overdue: (time) =>
      allItems(
        client,
        {
          TableName: table,
          IndexName: "open" satisfies RunIndex,
          KeyConditionExpression: "#open = :open AND next_poll_at < :time",
          ExpressionAttributeNames: { "#open": "open" },
          ExpressionAttributeValues: { ":open": openPartition, ":time": time },
        },
        (item) => runSchema.parse(item),
      ),
    removeAll: async (appId) => {
      for (const { id } of await allItems(client, ofApp(appId, null), (item) => runSchema.parse(item)))
        await client.send(new DeleteCommand({ TableName: table, Key: runKeys.run(id) }));
    },
  };
}
