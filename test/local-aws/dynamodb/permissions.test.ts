import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { OperationsService } from "@slipway/local-aws/kernel/service";
import { newDataDir, type RunningDynamoDb, startDynamoDb } from "./start-dynamodb.ts";

const table = "arn:aws:dynamodb:eu-west-1:123456789012:table/apps";
const stream = `${table}/stream/2026-01-01T00:00:00.000`;
const Key = { id: { S: "1" } };
const request = { TableName: "apps", Key };
let running: RunningDynamoDb;
let service: OperationsService;
beforeAll(async () => {
  running = await startDynamoDb(newDataDir());
  const [only] = running.part.services;
  if (only?.kind !== "json") throw new Error("DynamoDB speaks JSON");
  service = only;
});
afterAll(() => running.close());

const caller = { name: "a function", roleArn: null };
const asked = (operation: string, input: unknown) =>
  service.operations[operation]?.permissions(input, caller).map(({ action, resource }) => `${action} ${resource}`);

test.each([
  ["GetItem", request, [`dynamodb:GetItem ${table}`]],
  ["Query", { TableName: "apps" }, [`dynamodb:Query ${table}`]],
  ["Query", { TableName: "apps", IndexName: "by_app" }, [`dynamodb:Query ${table}/index/by_app`]],
  [
    "BatchWriteItem",
    { RequestItems: { apps: [], lanes: [] } },
    [`dynamodb:BatchWriteItem ${table}`, `dynamodb:BatchWriteItem ${table.replace("apps", "lanes")}`],
  ],
  ["DescribeStream", { StreamArn: stream }, [`dynamodb:DescribeStream ${stream}`]],
  ["ListTables", {}, ["dynamodb:ListTables *"]],
  [
    "TransactWriteItems",
    {
      TransactItems: [
        { Put: { TableName: "apps", Item: Key } },
        { Update: { ...request, UpdateExpression: "REMOVE a" } },
        { Delete: request },
        { ConditionCheck: { ...request, ConditionExpression: "attribute_exists(id)" } },
      ],
    },
    ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"].map((action) => `dynamodb:${action} ${table}`),
  ],
])("%s of %j is asked for as %j", (operation, input, wanted) => {
  expect(asked(operation, input)).toEqual(wanted);
});

test("an input without a table is a ValidationException", () => {
  expect(() => asked("GetItem", { Key })).toThrow(expect.objectContaining({ code: "ValidationException" }));
});
