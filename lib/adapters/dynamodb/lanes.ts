import { DeleteCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { emptyLane, laneSchema } from "../../core/lane/lane.ts";
import type { Lanes } from "../../core/ports/deployments.ts";
import { appKeys } from "./keys.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

/** Lanes in the table of the apps. A lane that was removed does not come back by a late write. */
export function awsLanes(client: DynamoDBDocumentClient, table: string): Lanes {
  return {
    get: async (appId) => {
      const item = await getItem(client, table, appKeys.lane(appId));
      return item === undefined ? emptyLane : laneSchema.parse(item);
    },
    replace: (appId, next) => putNextVersion(client, table, appKeys.lane(appId), { ...next }),
    remove: async (appId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: appKeys.lane(appId) }));
    },
  };
}
