import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { buildSlotsSchema, noBuilds } from "../../core/build-slots.ts";
import type { BuildSlotStore } from "../../core/ports/builds.ts";
import { appKeys } from "./keys.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

/** The slots of all builds in the table of the apps, beside the lanes. */
export function awsBuildSlots(client: DynamoDBDocumentClient, table: string): BuildSlotStore {
  return {
    get: async () => {
      const item = await getItem(client, table, appKeys.buildSlots);
      return item === undefined ? noBuilds : buildSlotsSchema.parse(item);
    },
    replace: (next) => putNextVersion(client, table, appKeys.buildSlots, { ...next }),
  };
}
