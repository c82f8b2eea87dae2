import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";

/**
 * Has a client try again what DynamoDB refused because a transaction on the same item was under way: nothing was written, and no
 * condition failed. The SDK retries with its own pauses what is marked as retryable, and does not mark these.
 */
export function retryTransactionConflicts(client: DynamoDBClient): DynamoDBClient {
  client.middlewareStack.add(
    (next) => async (given) => {
      try {
        return await next(given);
      } catch (error) {
        if (isOnlyConflict(error)) Object.assign(error, { $retryable: { throttling: false } });
        throw error;
      }
    },
    { step: "deserialize", priority: "high", name: "retryTransactionConflicts" },
  );
  return client;
}

function isOnlyConflict(error: unknown): error is Error {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
  return (
    codes.includes("TransactionConflict") && codes.every((code) => code === "TransactionConflict" || code === "None")
  );
}
