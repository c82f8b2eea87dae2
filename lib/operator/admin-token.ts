import { createHash } from "node:crypto";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { awsTokens } from "../adapters/dynamodb/tokens.ts";

/** The number of an installation's first token; those made later count on from it. */
const firstToken = 1;

/** Makes a token the first admin's, in the table of an installation's tokens, in place of an earlier first one. Only its hash is stored. */
export async function seedAdminToken(table: string, token: string, aws: DynamoDBClientConfig = {}): Promise<void> {
  const client = new DynamoDBClient(aws);
  const tokens = awsTokens(DynamoDBDocumentClient.from(client), table);
  await tokens.revoke(firstToken);
  await tokens.put(createHash("sha256").update(token).digest("hex"), {
    kind: "token",
    id: firstToken,
    principal: { name: "admin", role: "admin", apps: null },
    expires_at: null,
    last_used_at: null,
    github: null,
    created_at: new Date().toISOString(),
  });
  client.destroy();
}

/** Whether an installation has tokens already. */
export async function hasTokens(table: string, aws: DynamoDBClientConfig = {}): Promise<boolean> {
  const client = new DynamoDBClient(aws);
  const tokens = await awsTokens(DynamoDBDocumentClient.from(client), table).list();
  client.destroy();
  return tokens.length > 0;
}
