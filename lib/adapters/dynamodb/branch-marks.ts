import { DeleteCommand, type DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { BranchMarks } from "../../core/ports/git.ts";
import type { BranchMark } from "../../core/push/branch-mark.ts";
import { appKeys, appKinds } from "./keys.ts";
import { allItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

const itemSchema = z.object({
  app_id: z.number().int(),
  repo_url: z.string(),
  branch: z.string(),
  commit: z.string(),
  asked_commit: z.string().optional(),
  asked_id: z.number().int().optional(),
  etag: z.string().nullable().default(null),
});

function parseMark(item: unknown): BranchMark {
  const { asked_commit, asked_id, ...mark } = itemSchema.parse(item);
  const asked =
    asked_commit === undefined || asked_id === undefined ? null : { commit: asked_commit, deployment_id: asked_id };
  return { ...mark, asked };
}

interface Update {
  readonly set: Readonly<Record<string, string | number | null>>;
  readonly condition?: string;
  readonly values?: Readonly<Record<string, string | number>>;
}

/** Marks in the table of the apps. Each write is one update on a condition: many pushes at once do not race. */
export function awsBranchMarks(client: DynamoDBDocumentClient, table: string): BranchMarks {
  const update = async (appId: number, { set, condition, values = {} }: Update): Promise<void> => {
    const names = Object.keys(set);
    await unlessConditionFails(
      client.send(
        new UpdateCommand({
          TableName: table,
          Key: appKeys.branch(appId),
          UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: {
            ...Object.fromEntries(names.map((name) => [`:${name}`, set[name]])),
            ...values,
          },
        }),
      ),
    );
  };

  return {
    get: async (appId) => {
      const item = await getItem(client, table, appKeys.branch(appId));
      return item === undefined ? null : parseMark(item);
    },

    list: () =>
      allItems(
        client,
        {
          TableName: table,
          KeyConditionExpression: "kind = :kind",
          ExpressionAttributeValues: { ":kind": appKinds.branch },
        },
        parseMark,
      ),

    asked: ({ app_id, repo_url, branch, commit, deployment_id }) =>
      update(app_id, {
        set: { app_id, repo_url, branch, commit, asked_commit: commit, asked_id: deployment_id, etag: null },
        condition: "attribute_not_exists(#asked_id) OR #asked_id < :asked_id",
      }),

    passed: ({ app_id, repo_url, branch, commit, before }) =>
      update(app_id, {
        set: { app_id, repo_url, branch, commit, etag: null },
        ...(before === null
          ? {}
          : {
              condition:
                "attribute_not_exists(#commit) OR #commit = :before OR #branch <> :branch OR #repo_url <> :repo_url",
              values: { ":before": before },
            }),
      }),

    recordEtag: (appId, commit, etag) => update(appId, { set: { etag, commit }, condition: "#commit = :commit" }),

    remove: async (appId) => {
      await client.send(new DeleteCommand({ TableName: table, Key: appKeys.branch(appId) }));
    },
  };
}
