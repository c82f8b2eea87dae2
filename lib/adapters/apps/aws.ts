import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type App, appSchema } from "../../core/app.ts";
import type { Apps } from "../../ports/apps.ts";
import { allItems } from "../dynamodb/pages.ts";
import { padded, unlessConditionFails } from "../dynamodb/table.ts";

/** Apps in DynamoDB: a row each, and a row each that holds the name. */
export function awsApps(client: DynamoDBDocumentClient, table: string): Apps {
  const appKey = (id: number) => ({ kind: "app", key: padded(id) });
  const nameKey = (app: App) => ({ kind: "name", key: app.settings.name });
  const putName = (app: App) => ({
    Put: {
      TableName: table,
      Item: { ...nameKey(app), app_id: app.id },
      ConditionExpression: "attribute_not_exists(kind)",
    },
  });
  const deleteName = (app: App) => ({ Delete: { TableName: table, Key: nameKey(app) } });

  const ofKind = (kind: string) => ({
    TableName: table,
    KeyConditionExpression: "kind = :kind",
    ExpressionAttributeValues: { ":kind": kind },
    ConsistentRead: true,
  });

  const get = async (id: number): Promise<App | null> => {
    const answer = await client.send(new GetCommand({ TableName: table, Key: appKey(id), ConsistentRead: true }));
    return answer.Item === undefined ? null : appSchema.parse(answer.Item);
  };

  /** Writes to an app that is there, whatever version it has. */
  const note = (
    id: number,
    UpdateExpression: string,
    values: Record<string, unknown>,
    ConditionExpression = "attribute_exists(kind)",
  ): Promise<boolean> => {
    const change = { UpdateExpression, ConditionExpression, ExpressionAttributeValues: values };
    return unlessConditionFails(client.send(new UpdateCommand({ TableName: table, Key: appKey(id), ...change })));
  };

  return {
    get,

    create: (app) =>
      unlessConditionFails(
        client.send(
          new TransactWriteCommand({
            TransactItems: [
              putName(app),
              {
                Put: {
                  TableName: table,
                  Item: { ...appKey(app.id), ...app },
                  ConditionExpression: "attribute_not_exists(kind)",
                },
              },
            ],
          }),
        ),
      ),

    replace: async (next, before) => {
      const renamed = next.settings.name !== before.settings.name;
      const update = {
        Update: {
          TableName: table,
          Key: appKey(next.id),
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
      const written = await unlessConditionFails(
        client.send(
          new TransactWriteCommand({ TransactItems: renamed ? [update, putName(next), deleteName(before)] : [update] }),
        ),
      );
      if (written) return "replaced";
      const now = await get(next.id);
      return renamed && now?.version === before.version ? "name_taken" : "conflict";
    },

    list: () => allItems(client, ofKind("app"), (item) => appSchema.parse(item)),

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

    remove: async (app) => {
      await client.send(
        new TransactWriteCommand({
          TransactItems: [{ Delete: { TableName: table, Key: appKey(app.id) } }, deleteName(app)],
        }),
      );
    },
  };
}
