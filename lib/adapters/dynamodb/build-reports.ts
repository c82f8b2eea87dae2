import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { BuildReport } from "../../core/deployment/build-report.ts";
import { buildFinishedSchema } from "../../core/deployment/event.ts";
import type { BuildReports } from "../../core/ports/builds.ts";
import { deploymentKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

const reportSchema: z.ZodType<BuildReport> = z.object({
  ticket: z.string(),
  token_hash: z.string().nullable(),
  created_at: z.string(),
  cloned: z.object({ commit: z.string(), message: z.string() }).nullable(),
  step: z.object({ number: z.number(), of: z.number() }).nullable(),
  finished: buildFinishedSchema.nullable(),
});

/** What builds reported, one item an attempt beside the deployment's state. */
export function awsBuildReports(client: DynamoDBDocumentClient, table: string): BuildReports {
  const get = async (id: number, attempt: number): Promise<BuildReport | null> => {
    const item = await getItem(client, table, deploymentKeys.build(id, attempt));
    return item === undefined ? null : reportSchema.parse(item);
  };

  return {
    get,

    open: async (id, attempt, ticket, now) => {
      const fresh: BuildReport = {
        ticket,
        token_hash: null,
        created_at: now,
        cloned: null,
        step: null,
        finished: null,
      };
      const opened = await unlessConditionFails(
        client.send(
          new PutCommand({
            TableName: table,
            Item: { ...deploymentKeys.build(id, attempt), ...fresh },
            ConditionExpression: "attribute_not_exists(deployment_id)",
          }),
        ),
      );
      return opened ? fresh : ((await get(id, attempt)) ?? fresh);
    },

    claim: (id, attempt, ticket, tokenHash) =>
      unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: deploymentKeys.build(id, attempt),
            UpdateExpression: "SET token_hash = :hash",
            ConditionExpression: "ticket = :ticket AND (token_hash = :none OR token_hash = :hash)",
            ExpressionAttributeValues: { ":ticket": ticket, ":hash": tokenHash, ":none": null },
          }),
        ),
      ),

    report: async (id, attempt, progress) => {
      const entries = Object.entries(progress).filter(([, value]) => value !== undefined);
      if (entries.length === 0) return;
      // The first `finished` stands; a repeat of it changes nothing.
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: deploymentKeys.build(id, attempt),
            UpdateExpression: `SET ${entries.map(([name]) => `#${name} = :${name}`).join(", ")}`,
            ConditionExpression: "finished = :none",
            ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
            ExpressionAttributeValues: {
              ...Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
              ":none": null,
            },
          }),
        ),
      );
    },
  };
}
