import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type Credential, credentialSchema, type Tokens } from "../../ports/tokens.ts";

/** Credentials in DynamoDB, under their hashes; DynamoDB removes expired ones in its own time, so the expiry is checked here. */
export function awsTokens(client: DynamoDBDocumentClient, table: string): Tokens {
  const valid = (item: Record<string, unknown> | undefined, nowSeconds: number): Credential | null => {
    if (item === undefined) return null;
    const credential = credentialSchema.parse({ ...item, expires_at: item.expires_at ?? null });
    return credential.expires_at !== null && credential.expires_at <= nowSeconds ? null : credential;
  };
  return {
    put: async (hash, { expires_at, ...credential }) => {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: { token_hash: hash, ...credential, expires_at: expires_at ?? undefined },
        }),
      );
    },
    get: async (hash, nowSeconds) => {
      const answer = await client.send(
        new GetCommand({ TableName: table, Key: { token_hash: hash }, ConsistentRead: true }),
      );
      return valid(answer.Item, nowSeconds);
    },
    take: async (hash, nowSeconds) => {
      const answer = await client.send(
        new DeleteCommand({ TableName: table, Key: { token_hash: hash }, ReturnValues: "ALL_OLD" }),
      );
      return valid(answer.Attributes, nowSeconds);
    },
  };
}
