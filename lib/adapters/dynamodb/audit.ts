import { type DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { auditEntrySchema } from "../../core/access/audit.ts";
import type { Audit } from "../../core/ports/access.ts";
import { auditScope } from "./keys.ts";
import { firstItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";

/** Thirteen months: a year can be compared with the one before. */
const keptSeconds = 400 * 24 * 3600;

/** The audit log in DynamoDB: each entry lies in the scope of all, and in that of its app. */
export function awsAudit(client: DynamoDBDocumentClient, table: string): Audit {
  return {
    record: async (entry) => {
      const expires_at = Math.floor(Date.parse(entry.at) / 1000) + keptSeconds;
      const scopes = entry.app_id === null ? [null] : [null, entry.app_id];
      const TransactItems = scopes.map((app) => ({
        Put: {
          TableName: table,
          Item: { ...entry, audit_scope: auditScope(app), expires_at },
          ConditionExpression: "attribute_not_exists(id)",
        },
      }));
      await unlessConditionFails(client.send(new TransactWriteCommand({ TransactItems })));
    },
    list: ({ app, before, limit }) => {
      const query = {
        TableName: table,
        KeyConditionExpression: before === null ? "audit_scope = :scope" : "audit_scope = :scope AND id < :before",
        ExpressionAttributeValues: { ":scope": auditScope(app), ...(before === null ? {} : { ":before": before }) },
        ScanIndexForward: false,
        ConsistentRead: true,
      };
      return firstItems(client, query, limit, (item) => auditEntrySchema.parse(item));
    },
  };
}
