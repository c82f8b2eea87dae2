import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { appDomainsSchema, noDomains } from "../../core/domains/domains.ts";
import type { DomainStore } from "../../core/ports/domains.ts";
import { auditPutsOf } from "./audit.ts";
import { appKeys, appKinds } from "./keys.ts";
import { allItems } from "./pages.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

/** What was made for the apps' own domains, in the table of the apps. `auditTable`: where the entries of the audit log go. */
export function awsDomains(
  client: DynamoDBDocumentClient,
  table: string,
  auditTable: string | null = null,
): DomainStore {
  return {
    get: async (appId) => {
      const item = await getItem(client, table, appKeys.domains(appId));
      return item === undefined ? noDomains(appId) : appDomainsSchema.parse(item);
    },
    list: () => {
      const ofKind = {
        KeyConditionExpression: "kind = :kind",
        ExpressionAttributeValues: { ":kind": appKinds.domains },
      };
      return allItems(client, { TableName: table, ...ofKind }, (item) => appDomainsSchema.parse(item));
    },
    replace: (next, audit) =>
      putNextVersion(client, table, appKeys.domains(next.app_id), { ...next }, auditPutsOf(auditTable, audit)),
    remove: async (appId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: appKeys.domains(appId) }));
    },
  };
}
