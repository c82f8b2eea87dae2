import { createHash } from "node:crypto";
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { awsTokens } from "../adapters/tokens/aws.ts";

/** Makes a token an admin's, in the table of an installation's tokens. Only its hash is stored. */
export async function seedAdminToken(table: string, token: string, aws: DynamoDBClientConfig = {}): Promise<void> {
  const client = new DynamoDBClient(aws);
  const principal = { name: "admin", role: "admin" as const, apps: null };
  const hash = createHash("sha256").update(token).digest("hex");
  await awsTokens(DynamoDBDocumentClient.from(client), table).put(hash, {
    kind: "token",
    id: 1,
    principal,
    expires_at: null,
  });
  client.destroy();
}
