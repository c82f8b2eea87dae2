import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { noPlacements, placementsSchema } from "../../core/placement/placement.ts";
import type { PlacementStore } from "../../core/ports/releases.ts";
import { appKeys } from "./keys.ts";
import { getItem, putNextVersion } from "./versioned-item.ts";

/** The places of all apps, one item in the table of the apps. */
export function awsPlacements(client: DynamoDBDocumentClient, table: string): PlacementStore {
  return {
    get: async () => {
      const item = await getItem(client, table, appKeys.placements);
      return item === undefined ? noPlacements : placementsSchema.parse(item);
    },
    replace: (next) => putNextVersion(client, table, appKeys.placements, { ...next }),
  };
}
