import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { type Credential, credentialSchema, type Tokens } from "../../ports/tokens.ts";
import { unlessConditionFails } from "../dynamodb/table.ts";

/** Credentials in DynamoDB, under their hashes; DynamoDB removes expired ones in its own time, so the expiry is checked here. */
export function awsTokens(client: DynamoDBDocumentClient, table: string): Tokens {
  const valid = (item: Record<string, unknown> | undefined, nowSeconds: number): Credential | null => {
    if (item === undefined) return null;
    const credential = credentialSchema.parse({ ...item, expires_at: item.expires_at ?? null });
    return credential.expires_at !== null && credential.expires_at <= nowSeconds ? null : credential;
  };
  const listed = async () => {
    const answer = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: "by_id",
        KeyConditionExpression: "kind = :token",
        ExpressionAttributeValues: { ":token": "token" },
      }),
    );
    return (answer.Items ?? []).flatMap((item) => {
      const credential = credentialSchema.parse({ ...item, expires_at: item.expires_at ?? null });
      return credential.kind === "token" ? [{ hash: String(item.token_hash), token: credential }] : [];
    });
  };
  return {
    list: async () => (await listed()).map(({ token }) => token),
    revoke: async (id) => {
      const found = (await listed()).find(({ token }) => token.id === id);
      if (found === undefined) return false;
      await client.send(new DeleteCommand({ TableName: table, Key: { token_hash: found.hash } }));
      return true;
    },
    used: async (hash, at) => {
      // A token that was revoked meanwhile must not come back as a row of its own.
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: { token_hash: hash },
            UpdateExpression: "SET last_used_at = :at",
            ConditionExpression: "attribute_exists(token_hash)",
            ExpressionAttributeValues: { ":at": at },
          }),
        ),
      );
    },
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
