import { setTimeout as pause } from "node:timers/promises";
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import { conflict, type RetryDeps, retryOnConflict } from "../../core/retry-on-conflict.ts";

const usual: RetryDeps = {
  pause: (milliseconds) => pause(milliseconds),
  random: Math.random,
  measure: () => {},
};

/**
 * Has a client try again what DynamoDB refused because a transaction on the same item was under way: nothing was written, and no
 * condition failed. The SDK does not retry these, and its own retries share a quota that a crowd at one item uses up. Throws a
 * `ConflictError` after as many conflicts as `retryOnConflict` allows.
 */
export function retryTransactionConflicts(client: DynamoDBClient, deps = usual): DynamoDBClient {
  client.middlewareStack.add(
    (next) => (given) =>
      retryOnConflict(deps, "a transaction in DynamoDB", async () => {
        try {
          return await next(given);
        } catch (error) {
          if (isOnlyConflict(error)) return conflict;
          throw error;
        }
      }),
    { step: "initialize", priority: "high", name: "retryTransactionConflicts" },
  );
  return client;
}

function isOnlyConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  return (
    codes.includes("TransactionConflict") && codes.every((code) => code === "TransactionConflict" || code === "None")
  );
}
