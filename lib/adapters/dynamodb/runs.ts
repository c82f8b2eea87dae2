import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { AuditEntry } from "../../core/access/audit.ts";
import type { Runs } from "../../core/ports/runs.ts";
import { isOver, type Run, runSchema } from "../../core/run/run.ts";
import { auditPutsOf } from "./audit.ts";
import { openPartition, type RunIndex, runKeys } from "./keys.ts";
import { allItems, firstItems } from "./pages.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

const day = 24 * 3600;
/** As long as logs of deployments are kept. Crons run much more often than people do. */
const keptSeconds = { manual: 90 * day, release: 90 * day, cron: 30 * day };
const removedAtOnce = 500;
const concurrent = 10;

/**
 * Runs in DynamoDB. Those that are over expire, and leave the index of those that are not. `auditTable`: where the entries of
 * the audit log go that are written with changes.
 */
export function awsRuns(client: DynamoDBDocumentClient, table: string, auditTable: string | null = null): Runs {
  const put = (run: Run, audit?: AuditEntry): Promise<boolean> => {
    const item = {
      ...run,
      // A key of an index cannot be null.
      next_poll_at: run.next_poll_at ?? undefined,
      ...(run.next_poll_at === null ? {} : { open: openPartition }),
      ...(isOver(run)
        ? { expires_at: Math.floor(Date.parse(run.finished_at ?? run.created_at) / 1000) + keptSeconds[run.trigger] }
        : { unfinished_of: run.app_id }),
    };
    return putNextVersion(client, table, runKeys.run(run.id), item, auditPutsOf(auditTable, audit));
  };

  const ofApp = (appId: number, before: number | null, cron: string | null) => ({
    TableName: table,
    IndexName: "by_app" satisfies RunIndex,
    KeyConditionExpression: before === null ? "app_id = :app" : "app_id = :app AND id < :before",
    ...(cron === null ? {} : { FilterExpression: "cron = :cron" }),
    ExpressionAttributeValues: {
      ":app": appId,
      ...(before === null ? {} : { ":before": before }),
      ...(cron === null ? {} : { ":cron": cron }),
    },
    ScanIndexForward: false,
  });

  return {
    create: put,
    replace: put,
    get: async (id) => {
      const item = await getItem(client, table, runKeys.run(id));
      return item === undefined ? null : runSchema.parse(item);
    },
    list: (appId, { limit, before, cron }) =>
      firstItems(client, ofApp(appId, before, cron), limit, (item) => runSchema.parse(item)),
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
    unfinished: (appId) =>
      allItems(
        client,
        {
          TableName: table,
          IndexName: "unfinished" satisfies RunIndex,
          KeyConditionExpression: "unfinished_of = :app",
          ExpressionAttributeValues: { ":app": appId },
        },
        (item) => runSchema.parse(item),
      ),
    removeSome: async (appId) => {
      const ids = await firstItems(client, ofApp(appId, null, null), removedAtOnce, (item) => runSchema.parse(item).id);
      for (let at = 0; at < ids.length; at += concurrent)
        await Promise.all(
          ids
            .slice(at, at + concurrent)
            .map((id) => client.send(new DeleteCommand({ TableName: table, Key: runKeys.run(id) }))),
        );
      return ids.length < removedAtOnce;
    },
  };
}
