import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { appKeys } from "../../lib/adapters/dynamodb/keys.ts";
import { getItem, putNextVersion } from "../../lib/adapters/dynamodb/versioned-item.ts";
import { type AwsInProcess, startAwsInProcess } from "../support/local-aws.ts";

let aws: AwsInProcess;
beforeAll(async () => {
  aws = await startAwsInProcess();
});
afterAll(() => aws.close());

const put = (app: number, version: number) =>
  putNextVersion(aws.documents, aws.table("apps"), appKeys.lane(app), { version });

test("a first version is written once, and the next one after it", async () => {
  expect([await put(1, 1), await put(1, 1), await put(1, 3), await put(1, 2)]).toEqual([true, false, false, true]);
  expect(await getItem(aws.documents, aws.table("apps"), appKeys.lane(1))).toMatchObject({ version: 2 });
});

test("a version after one that is gone is not written", async () => {
  expect(await put(2, 4)).toBe(false);
});

test("a write whose answer was lost, and that the SDK repeats, is a write that won", async () => {
  // Each request reaches the table twice, and only the second answer arrives.
  aws.documents.middlewareStack.add(
    (next) => async (args) => {
      await next(args);
      return next(args);
    },
    { step: "build", name: "lost-answer" },
  );
  expect([await put(3, 1), await put(3, 2)]).toEqual([true, true]);
  aws.documents.middlewareStack.remove("lost-answer");
  expect(await put(3, 2)).toBe(false);
});
