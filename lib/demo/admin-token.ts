import { createHash } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { awsTokens } from "../adapters/tokens/aws.ts";
import type { Local } from "../local/start.ts";

const functionSchema = z.object({ Environment: z.object({ Variables: z.object({ TOKENS_TABLE: z.string() }) }) });

/** Makes a token of the operator's own choice an admin's. */
export async function seedAdminToken(local: Local, token: string): Promise<void> {
  const table = tokensTable(local);
  const client = new DynamoDBClient({
    endpoint: local.awsEndpoint,
    region: local.region,
    credentials: local.credentials,
  });
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

/** The table that the functions themselves are given. */
function tokensTable(local: Local): string {
  for (const { type, properties } of local.provision.resources.values()) {
    const parsed = type === "AWS::Lambda::Function" ? functionSchema.safeParse(properties) : null;
    if (parsed?.success) return parsed.data.Environment.Variables.TOKENS_TABLE;
  }
  throw new Error("No function of the template knows the table of tokens.");
}
