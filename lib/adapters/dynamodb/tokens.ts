import { DeleteCommand, type DynamoDBDocumentClient, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Credential, credentialSchema } from "../../core/access/credential.ts";
import type { Tokens } from "../../core/ports/access.ts";
import { auditPutsOf } from "./audit.ts";
import { type TokenIndex, tokenKeys } from "./keys.ts";
import { allItems } from "./pages.ts";
import { unlessConditionFails } from "./table.ts";
import { getItem } from "./versioned-item.ts";

/**
 * By an item of the table before and after a change: the hash of the token whose holders may have less now than before,
 * or `null`. A token that was only used is as it was.
 */
export function tokenConcerned(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string | null {
  const isSame =
    JSON.stringify([before.principal, before.expires_at]) === JSON.stringify([after.principal, after.expires_at]);
  if (before.kind === "token") return isSame ? null : String(before.token_hash);
  return before.kind === "session" ? String(before.made_with) : null;
}

/**
 * Credentials in DynamoDB, under their hashes; DynamoDB removes expired ones in its own time, so the expiry is checked here.
 * `auditTable`: where the entries of the audit log go that are written with changes.
 */
export function awsTokens(client: DynamoDBDocumentClient, table: string, auditTable: string | null = null): Tokens {
  const valid = (item: Record<string, unknown> | undefined, nowSeconds: number): Credential | null => {
    if (item === undefined) return null;
    const credential = credentialSchema.parse({ ...item, expires_at: item.expires_at ?? null });
    return credential.expires_at !== null && credential.expires_at <= nowSeconds ? null : credential;
  };
  /** One account, one token: whose else would a session be? */
  const claimOf = (accountId: number, hash: string, expires_at: number | null) => ({
    Put: {
      TableName: table,
      Item: { ...tokenKeys.ofGitHub(accountId), points_to: hash, expires_at: expires_at ?? undefined },
      ConditionExpression: "attribute_not_exists(token_hash)",
    },
  });
  const allTokens = {
    TableName: table,
    IndexName: "by_id" satisfies TokenIndex,
    KeyConditionExpression: "kind = :token",
    ExpressionAttributeValues: { ":token": "token" },
  };
  return {
    list: async () => {
      const credentials = await allItems(client, allTokens, (item) =>
        credentialSchema.parse({ ...item, expires_at: item.expires_at ?? null }),
      );
      return credentials.flatMap((credential) => (credential.kind === "token" ? [credential] : []));
    },
    revoke: async (id, audit) => {
      const pointer = await getItem(client, table, tokenKeys.ofId(id));
      const hash: unknown = pointer?.points_to;
      if (typeof hash !== "string") return false;
      const account: unknown = pointer?.account;
      const keys = [
        tokenKeys.ofId(id),
        tokenKeys.credential(hash),
        ...(typeof account === "number" ? [tokenKeys.ofGitHub(account)] : []),
      ];
      // Of several who revoke it at the same moment, one did.
      const isThere = { ConditionExpression: "attribute_exists(token_hash)" };
      const Delete = keys.map((Key, index) => ({ Delete: { TableName: table, Key, ...(index === 0 ? isThere : {}) } }));
      const TransactItems = [...Delete, ...auditPutsOf(auditTable, audit)];
      return unlessConditionFails(client.send(new TransactWriteCommand({ TransactItems })));
    },
    used: async (hash, at) => {
      // A token that was revoked meanwhile must not come back as a row of its own.
      await unlessConditionFails(
        client.send(
          new UpdateCommand({
            TableName: table,
            Key: tokenKeys.credential(hash),
            UpdateExpression: "SET last_used_at = :at",
            ConditionExpression: "attribute_exists(token_hash)",
            ExpressionAttributeValues: { ":at": at },
          }),
        ),
      );
    },
    endSession: async (hash) => {
      await unlessConditionFails(
        client.send(
          new DeleteCommand({
            TableName: table,
            Key: tokenKeys.credential(hash),
            ConditionExpression: "kind = :session",
            ExpressionAttributeValues: { ":session": "session" },
          }),
        ),
      );
    },
    put: async (hash, { expires_at, ...credential }, audit) => {
      const items: Record<string, unknown>[] = [
        { ...tokenKeys.credential(hash), ...credential, expires_at: expires_at ?? undefined },
      ];
      const account = credential.kind === "token" ? credential.github : null;
      if (credential.kind === "token")
        items.push({ ...tokenKeys.ofId(credential.id), points_to: hash, account: account?.id });
      const puts = items.map((Item) => ({ Put: { TableName: table, Item } }));
      const claim = account === null ? [] : [claimOf(account.id, hash, expires_at)];
      const TransactItems = [...puts, ...claim, ...auditPutsOf(auditTable, audit)];
      return unlessConditionFails(client.send(new TransactWriteCommand({ TransactItems })));
    },
    ofGitHub: async (accountId) => {
      const answer = await getItem(client, table, tokenKeys.ofGitHub(accountId));
      const hash: unknown = answer?.points_to;
      return typeof hash === "string" ? hash : null;
    },
    get: async (hash, nowSeconds) => {
      const answer = await getItem(client, table, tokenKeys.credential(hash));
      return valid(answer, nowSeconds);
    },
    take: async (hash, nowSeconds, kind = "ticket") => {
      let taken: Record<string, unknown> | undefined;
      // An API token that somebody sends as a ticket by mistake must survive that.
      await unlessConditionFails(
        client
          .send(
            new DeleteCommand({
              TableName: table,
              Key: tokenKeys.credential(hash),
              ConditionExpression: "kind = :kind",
              ExpressionAttributeValues: { ":kind": kind },
              ReturnValues: "ALL_OLD",
            }),
          )
          .then((answer) => {
            taken = answer.Attributes;
          }),
      );
      return valid(taken, nowSeconds);
    },
  };
}
