import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { configurationNumbersSchema, noConfigurations } from "../../core/configuration/numbers.ts";
import type { Configurations } from "../../core/ports/releases.ts";
import { appKeys } from "./keys.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

/** The numbers of configurations in the table of the apps. A row that was removed does not come back by a late write. */
export function awsConfigurations(client: DynamoDBDocumentClient, table: string): Configurations {
  return {
    get: async (appId) => {
      const item = await getItem(client, table, appKeys.configurations(appId));
      return item === undefined ? noConfigurations : configurationNumbersSchema.parse(item);
    },
    replace: (appId, next) => putNextVersion(client, table, appKeys.configurations(appId), { ...next }),
    remove: async (appId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: appKeys.configurations(appId) }));
    },
  };
}
