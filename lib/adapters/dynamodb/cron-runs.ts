import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { CronRuns, CronTime } from "../../core/ports/crons.ts";
import { requestKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

const keptSeconds = 30 * 24 * 3600;
const runSchema = z.object({ run_id: z.number().int() });
const checkedSchema = z.object({ until: z.string() });

/** Which runs crons led to, in the table of requests. */
export function awsCronRuns(client: DynamoDBDocumentClient, table: string, nowSeconds: () => number): CronRuns {
  const runAt = async (key: { readonly key: string }): Promise<number | null> => {
    const item = await getItem(client, table, key);
    return item === undefined ? null : runSchema.parse(item).run_id;
  };
  const kept = <Item extends object>(item: Item) => ({ ...item, expires_at: nowSeconds() + keptSeconds });
  const runOf = ({ app_id, cron, scheduled_at }: CronTime) => runAt(requestKeys.cronTime(app_id, cron, scheduled_at));

  return {
    runOf,
    reserve: async (time, run_id) => {
      const isFirst = await unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: kept({ ...requestKeys.cronTime(time.app_id, time.cron, time.scheduled_at), run_id }),
            ConditionExpression: "attribute_not_exists(#key)",
            ExpressionAttributeNames: { "#key": "key" },
          }),
        ),
      );
      return isFirst ? run_id : ((await runOf(time)) ?? run_id);
    },
    turn: (appId, cron) => runAt(requestKeys.cronTurn(appId, cron)),
    takeTurn: (appId, cron, before, run_id) =>
      unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: kept({ ...requestKeys.cronTurn(appId, cron), run_id }),
            ConditionExpression: before === null ? "attribute_not_exists(run_id)" : "run_id = :before",
            ...(before === null ? {} : { ExpressionAttributeValues: { ":before": before } }),
          }),
        ),
      ),
    checkedUntil: async (appId) => {
      const item = await getItem(client, table, requestKeys.cronsChecked(appId));
      return item === undefined ? null : checkedSchema.parse(item).until;
    },
    noteChecked: async (appId, until) => {
      await unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: kept({ ...requestKeys.cronsChecked(appId), until }),
            ConditionExpression: "attribute_not_exists(#until) OR #until < :until",
            ExpressionAttributeNames: { "#until": "until" },
            ExpressionAttributeValues: { ":until": until },
          }),
        ),
      );
    },
  };
}
