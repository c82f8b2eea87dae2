import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { orphanReportSchema } from "../../core/orphans.ts";
import type { OrphanReports } from "../../core/ports/infrastructure.ts";
import { appKeys } from "./keys.ts";
import { getItem } from "./versioned-item.ts";

/** More would not fit into an item of the table, and nobody reads them. */
const mostKept = 500;

/** The last report in the table of the apps. */
export function awsOrphanReports(client: DynamoDBDocumentClient, TableName: string): OrphanReports {
  return {
    get: async () => {
      const item = await getItem(client, TableName, appKeys.orphans);
      return item === undefined ? null : orphanReportSchema.parse(item);
    },
    put: async (report) => {
      const kept = { ...report, orphans: report.orphans.slice(0, mostKept) };
      await client.send(new PutCommand({ TableName, Item: { ...kept, ...appKeys.orphans } }));
    },
  };
}
