import { DynamoDBClient, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { retryTransactionConflicts } from "../../../lib/adapters/dynamodb/transaction-conflicts.ts";
import { newDataDir, startDynamoDb } from "./start-dynamodb.ts";

let db: Awaited<ReturnType<typeof startDynamoDb>>;

beforeAll(async () => {
  db = await startDynamoDb(newDataDir());
});
afterAll(() => db.close());

const counting = (id: number) =>
  new TransactWriteItemsCommand({
    TransactItems: [
      {
        Update: {
          TableName: "slipway-deployments",
          Key: { deployment_id: { N: String(id) }, item: { S: "state" } },
          UpdateExpression: "ADD written :one",
          ExpressionAttributeValues: { ":one": { N: "1" } },
        },
      },
    ],
  });
const refusals = async (client: DynamoDBClient, ids: readonly number[]): Promise<unknown[]> => {
  const settled = await Promise.allSettled(ids.map((id) => client.send(counting(id))));
  return settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
};

test("of two transactions on one item at once, one is refused as DynamoDB does; on two items, none", async () => {
  const [refused, ...others] = await refusals(db.dynamodb, [1, 1]);
  expect(refused).toMatchObject({
    name: "TransactionCanceledException",
    CancellationReasons: [{ Code: "TransactionConflict" }],
  });
  expect(others).toEqual([]);
  expect(await refusals(db.dynamodb, [1, 2])).toEqual([]);
});

test("a client that retries conflicts loses none of several transactions on one item", async () => {
  const { credentials, endpoint, region } = db.dynamodb.config;
  const client = retryTransactionConflicts(
    new DynamoDBClient({ credentials, region, maxAttempts: 1, ...(endpoint === undefined ? {} : { endpoint }) }),
  );
  expect(await refusals(client, [3, 3, 3, 3])).toEqual([]);
  client.destroy();
});
