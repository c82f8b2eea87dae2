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

/** An app's settings change when a person saves them: a few tries are enough. */
const liveAttempts = 5;

/** Rows from before names were noted have no such attribute. */
const liveNameIsStill = "(attribute_not_exists(live_name) OR live_name = :wasLive)";

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
          UpdateExpression: `SET settings = :settings, deleted_at = :deleted, badge_key = :badge, version = :next${renamed ? ", live_name = :live" : ""}`,
          ConditionExpression: renamed ? `version = :before AND ${liveNameIsStill}` : "version = :before",
          ExpressionAttributeValues: {
            ...(renamed ? { ":live": next.live_name, ":wasLive": before.live_name } : {}),
            ":settings": next.settings,
            ":deleted": next.deleted_at,
            ":badge": next.badge_key,
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
      const isAsRead = now?.version === before.version && now.live_name === before.live_name;
      return renamed && isAsRead ? "name_taken" : "conflict";
    },

    list: () => allItems(client, ofKind(appKinds.app), (item) => appSchema.parse(item)),

    setLive: async (id, live) => {
      for (let attempt = 1; attempt <= liveAttempts; attempt++) {
        const before = await get(id);
        if (before === null) return true;
        if (live.name !== before.settings.name && live.name !== before.live_name) return false;
        const entries = changeOfEntries(table, entriesOf(before), entriesOf({ ...before, live_name: live.name }));
        const update = {
          TableName: table,
          Key: appKeys.app(id),
          UpdateExpression:
            "SET live_deployment_id = :id, load_balancer_url = :url, live_name = :name, pinned = :pinned, pinned_by = :by",
          ConditionExpression: `version = :version AND ${liveNameIsStill}`,
          ExpressionAttributeValues: {
            ":id": live.deployment_id,
            ":url": live.load_balancer_url,
            ":name": live.name,
            ":pinned": live.pinned,
            ":by": live.pinned_by,
            ":version": before.version,
            ":wasLive": before.live_name,
          },
        };
        const write = client.send(new TransactWriteCommand({ TransactItems: [{ Update: update }, ...entries] }));
        if (await unlessConditionFails(write)) return true;
      }
      throw new Error(`App ${id} changed each of ${liveAttempts} times that its live release was to be noted.`);
    },

    noteRepository: async (id, repository) => {
      const before = await get(id);
      if (before === null || before.settings.repo_url !== repository.url) return;
      const update = {
        TableName: table,
        Key: appKeys.app(id),
        UpdateExpression: "SET repository = :repository",
        ConditionExpression: "version = :version",
        ExpressionAttributeValues: {
          ":repository": repository,
          ":version": before.version,
        },
      };
      const entries = changeOfEntries(table, entriesOf(before), entriesOf({ ...before, repository }));
      // Whoever changed the app meanwhile may have changed its address. The next push says it again.
      await unlessConditionFails(
        client.send(new TransactWriteCommand({ TransactItems: [{ Update: update }, ...entries] })),
      );
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
