import { type DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { freezeSchema } from "../../core/freeze.ts";
import type { Freezes } from "../../core/ports/apps.ts";
import { auditPutsOf } from "./audit.ts";
import { appKeys } from "./keys.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

/** The freeze of all apps, in their table. `auditTable`: where the entries of the audit log go that are written with changes. */
export function awsFreezes(
  client: DynamoDBDocumentClient,
  TableName: string,
  auditTable: string | null = null,
): Freezes {
  return {
    get: async () => {
      const item = await getItem(client, TableName, appKeys.freeze);
      return item === undefined ? null : freezeSchema.parse(item);
    },
    put: async (freeze, audit) => {
      const Put = { TableName, Item: { ...freeze, ...appKeys.freeze } };
      await client.send(new TransactWriteCommand({ TransactItems: [{ Put }, ...auditPutsOf(auditTable, audit)] }));
    },
    remove: ({ since, until }, audit) => {
      const Delete = {
        TableName,
        Key: appKeys.freeze,
        ConditionExpression: "#since = :since AND #until = :until",
        ExpressionAttributeNames: { "#since": "since", "#until": "until" },
        ExpressionAttributeValues: { ":since": since, ":until": until },
      };
      const TransactItems = [{ Delete }, ...auditPutsOf(auditTable, audit)];
      return unlessConditionFails(client.send(new TransactWriteCommand({ TransactItems })));
    },
  };
}
