import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { retryTransactionConflicts } from "./transaction-conflicts.ts";

/** A client for items as plain objects. Undefined attributes are left out. */
export function documents(): DynamoDBDocumentClient {
  const client = retryTransactionConflicts(new DynamoDBClient({}));
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** Whether a conditional write took place: `false` if its condition did not hold. Every other error is thrown. */
export async function unlessConditionFails(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
    if (reasons.some((reason) => reason.Code === "ConditionalCheckFailed")) return false;
    throw error;
  }
}
