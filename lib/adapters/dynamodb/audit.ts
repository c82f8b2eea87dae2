import { type DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { type AuditEntry, auditEntrySchema } from "../../core/access/audit.ts";
import type { Audit } from "../../core/ports/access.ts";
import { auditScope } from "./keys.ts";
import { firstItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";

/** Thirteen months: a year can be compared with the one before. */
const keptSeconds = 400 * 24 * 3600;

/** What an entry is written with: an item in the scope of all, and one in that of its app. For a transaction. */
function auditPuts(table: string, entry: AuditEntry) {
  const expires_at = Math.floor(Date.parse(entry.at) / 1000) + keptSeconds;
  const scopes = entry.app_id === null ? [null] : [null, entry.app_id];
  return scopes.map((app) => ({
    Put: {
      TableName: table,
      Item: { ...entry, audit_scope: auditScope(app), expires_at },
      ConditionExpression: "attribute_not_exists(id)",
    },
  }));
}

/** The puts of an entry, if there is one. Throws where whoever made the adapter named no table for them. */
export function auditPutsOf(table: string | null, entry: AuditEntry | undefined) {
  if (entry === undefined) return [];
  if (table === null) throw new Error("An audit entry is to be written by an adapter that knows no audit table.");
  return auditPuts(table, entry);
}

/** The audit log in DynamoDB: each entry lies in the scope of all, and in that of its app. */
export function awsAudit(client: DynamoDBDocumentClient, table: string): Audit {
  return {
    record: async (entry) => {
      await unlessConditionFails(client.send(new TransactWriteCommand({ TransactItems: auditPuts(table, entry) })));
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
