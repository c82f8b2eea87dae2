import { DeleteCommand, type DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type App, appSchema } from "../../core/app.ts";
import type { Apps, Live } from "../../core/ports/apps.ts";
import { pooled } from "../../core/pump/pool.ts";
import { changeOfEntries, entriesOf } from "./app-entries.ts";
import { auditPutsOf } from "./audit.ts";
import { appKeys, appKinds, repositoryKind } from "./keys.ts";
import { allItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

/** An app's settings change when a person saves them: a few tries are enough. */
const liveAttempts = 5;

/** Rows from before names were noted have no such attribute. */
const liveNameIsStill = "(attribute_not_exists(live_name) OR live_name = :wasLive)";
const formerNamesAreStill = "(attribute_not_exists(former_names) OR former_names = :wasFormer)";

const mayBeLive = ({ name, deployment_id, replaces }: Live, before: App): boolean =>
  [before.settings.name, before.live_name].includes(name) &&
  [deployment_id, replaces].includes(before.live_deployment_id);

const entrySchema = z.object({ app_id: z.number().int() });

/**
 * Apps in DynamoDB: an item each, and items that lead to it from its name and its repository. `auditTable`: where the entries
 * of the audit log go that are written with changes.
 */
export function awsApps(client: DynamoDBDocumentClient, table: string, auditTable: string | null = null): Apps {
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

  return {
    get,

    create: (app, audit) =>
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
              ...auditPutsOf(auditTable, audit),
            ],
          }),
        ),
      ),

    replace: async (next, before, audit) => {
      const renamed = next.settings.name !== before.settings.name;
      const update = {
        Update: {
          TableName: table,
          Key: appKeys.app(next.id),
          UpdateExpression: `SET settings = :settings, deleted_at = :deleted, badge_key = :badge, paused = :paused, version = :next${renamed ? ", live_name = :live" : ""}`,
          ConditionExpression: renamed ? `version = :before AND ${liveNameIsStill}` : "version = :before",
          ExpressionAttributeValues: {
            ...(renamed ? { ":live": next.live_name, ":wasLive": before.live_name } : {}),
            ":settings": next.settings,
            ":deleted": next.deleted_at,
            ":badge": next.badge_key,
            ":paused": next.paused,
            ":next": next.version,
            ":before": before.version,
          },
        },
      };
      const entries = [
        ...changeOfEntries(table, entriesOf(before), entriesOf(next)),
        ...auditPutsOf(auditTable, audit),
      ];
      const written = await unlessConditionFails(
        client.send(new TransactWriteCommand({ TransactItems: [update, ...entries] })),
      );
      if (written) return "replaced";
      const now = await get(next.id);
      const isAsRead = now?.version === before.version && now.live_name === before.live_name;
      const claims = renamed || next.settings.domains.some((domain) => !before.settings.domains.includes(domain));
      return claims && isAsRead ? "name_taken" : "conflict";
    },

    domainOwner: async (domain) => {
      const item = await getItem(client, table, appKeys.domain(domain));
      return item === undefined ? null : entrySchema.parse(item).app_id;
    },

    list: () => allItems(client, ofKind(appKinds.app), (item) => appSchema.parse(item)),

    setLive: async (id, live, known = null) => {
      for (let attempt = 1; attempt <= liveAttempts; attempt++) {
        const isKnown = attempt === 1 && known !== null;
        const before = isKnown ? known : await get(id);
        if (before === null) return true;
        if (!mayBeLive(live, before)) {
          if (isKnown) continue;
          return false;
        }
        const { name: live_name, former_names } = live;
        const after = { ...before, live_name, former_names: [...former_names] };
        const entries = changeOfEntries(table, entriesOf(before), entriesOf(after));
        const update = {
          TableName: table,
          Key: appKeys.app(id),
          UpdateExpression: `SET live_deployment_id = :id, load_balancer_url = :url, live_name = :name, live_settings = :settings, former_names = :former${live.pin ? ", pinned = :pinned, pinned_by = :by" : ""}`,
          ConditionExpression: `version = :version AND live_deployment_id = :was AND ${liveNameIsStill} AND ${formerNamesAreStill}`,
          ExpressionAttributeValues: {
            ":was": before.live_deployment_id,
            ":id": live.deployment_id,
            ":url": live.load_balancer_url,
            ":name": live.name,
            ":settings": live.live_settings,
            ":former": former_names,
            ...(live.pin ? { ":pinned": live.pin.pinned, ":by": live.pin.by } : {}),
            ":version": before.version,
            ":wasLive": before.live_name,
            ":wasFormer": before.former_names,
          },
        };
        const write = client.send(new TransactWriteCommand({ TransactItems: [{ Update: update }, ...entries] }));
        if (await unlessConditionFails(write)) return true;
      }
      throw new Error(`App ${id} changed each of ${liveAttempts} times that its live release was to be noted.`);
    },

    setFormerNames: async (id, expected, former_names) => {
      const before = await get(id);
      if (before === null || JSON.stringify(before.former_names) !== JSON.stringify(expected)) return false;
      const after = { ...before, former_names: [...former_names] };
      const update = {
        TableName: table,
        Key: appKeys.app(id),
        UpdateExpression: "SET former_names = :former",
        ConditionExpression: `version = :version AND ${liveNameIsStill}`,
        ExpressionAttributeValues: {
          ":former": former_names,
          ":version": before.version,
          ":wasLive": before.live_name,
        },
      };
      const entries = changeOfEntries(table, entriesOf(before), entriesOf(after));
      return unlessConditionFails(
        client.send(new TransactWriteCommand({ TransactItems: [{ Update: update }, ...entries] })),
      );
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

    unpin: (id, audit) => {
      const Update = {
        TableName: table,
        Key: appKeys.app(id),
        UpdateExpression: "SET pinned = :no, pinned_by = :by",
        ConditionExpression: "pinned = :yes",
        ExpressionAttributeValues: { ":no": false, ":by": null, ":yes": true },
      };
      const TransactItems = [{ Update }, ...auditPutsOf(auditTable, audit)];
      return unlessConditionFails(client.send(new TransactWriteCommand({ TransactItems })));
    },

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
