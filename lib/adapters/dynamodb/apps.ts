import { DeleteCommand, type DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type App, appSchema } from "../../core/app.ts";
import type { Apps } from "../../core/ports/apps.ts";
import { pooled } from "../../core/pump/pool.ts";
import { changeOfEntries, entriesOf } from "./app-entries.ts";
import { appKeys, appKinds, repositoryKind } from "./keys.ts";
import { allItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

const entrySchema = z.object({ app_id: z.number().int() });

/** Apps in DynamoDB: an item each, and items that lead to it from its name and its repository. */
export function awsApps(client: DynamoDBDocumentClient, table: string): Apps {
  const ofKind = (kind: string) => ({
    TableName: table,
    KeyConditionExpression: "kind = :kind",
    ExpressionAttributeValues: { ":kind": kind },
    ConsistentRead: true,
  });

  const get = async (id: number): Promise<App | null> => {
    const item = await getItem(client, table, appKeys.app(id));
    return item === undefined ? null : appSchema.parse(item);
  };

  /** Writes to an app that is there, whatever version it has. */
  const note = (
    id: number,
    UpdateExpression: string,
    values: Record<string, unknown>,
    ConditionExpression = "attribute_exists(kind)",
  ): Promise<boolean> => {
    const change = { UpdateExpression, ConditionExpression, ExpressionAttributeValues: values };
    return unlessConditionFails(client.send(new UpdateCommand({ TableName: table, Key: appKeys.app(id), ...change })));
  };

  return {
    get,

    create: (app) =>
      unlessConditionFails(
        client.send(
          new TransactWriteCommand({
            TransactItems: [
              {
                Put: {
                  TableName: table,
                  Item: { ...appKeys.app(app.id), ...app },
                  ConditionExpression: "attribute_not_exists(kind)",
                },
              },
              ...changeOfEntries(table, [], entriesOf(app)),
            ],
          }),
        ),
      ),

    replace: async (next, before) => {
      const renamed = next.settings.name !== before.settings.name;
      const update = {
        Update: {
          TableName: table,
          Key: appKeys.app(next.id),
          UpdateExpression: "SET settings = :settings, deleted_at = :deleted, version = :next",
          ConditionExpression: "version = :before",
          ExpressionAttributeValues: {
            ":settings": next.settings,
            ":deleted": next.deleted_at,
            ":next": next.version,
            ":before": before.version,
          },
        },
      };
      const entries = changeOfEntries(table, entriesOf(before), entriesOf(next));
      const written = await unlessConditionFails(
        client.send(new TransactWriteCommand({ TransactItems: [update, ...entries] })),
      );
      if (written) return "replaced";
      const now = await get(next.id);
      return renamed && now?.version === before.version ? "name_taken" : "conflict";
    },

    list: () => allItems(client, ofKind(appKinds.app), (item) => appSchema.parse(item)),

    setLive: async (id, live) => {
      await note(id, "SET live_deployment_id = :id, load_balancer_url = :url, pinned = :pinned, pinned_by = :by", {
        ":id": live.deployment_id,
        ":url": live.load_balancer_url,
        ":pinned": live.pinned,
        ":by": live.pinned_by,
      });
    },

    unpin: (id) =>
      note(id, "SET pinned = :no, pinned_by = :by", { ":no": false, ":by": null, ":yes": true }, "pinned = :yes"),

    ofRepositories: async (keys) => {
      const found = await Promise.all(
        keys.map((key) => allItems(client, ofKind(repositoryKind(key)), (item) => entrySchema.parse(item).app_id)),
      );
      const apps: App[] = [];
      await pooled([...new Set(found.flat())], async (id) => {
        const app = await get(id);
        if (app !== null && app.deleted_at === null) apps.push(app);
      });
      return apps.toSorted((one, other) => one.id - other.id);
    },

    remove: async (app) => {
      for (const { kind, key, app_id } of entriesOf({ ...app, deleted_at: null })) {
        // Deleting it freed its entries: by now they may be another's.
        const theirs = { ConditionExpression: "app_id = :app", ExpressionAttributeValues: { ":app": app_id } };
        await unlessConditionFails(client.send(new DeleteCommand({ TableName: table, Key: { kind, key }, ...theirs })));
      }
      await client.send(new DeleteCommand({ TableName: table, Key: appKeys.app(app.id) }));
    },
  };
}
