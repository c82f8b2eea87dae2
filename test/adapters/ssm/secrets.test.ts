import { SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { awsSecrets } from "../../../lib/adapters/ssm/secrets.ts";
import { SecretsThrottled } from "../../../lib/core/secrets-throttled.ts";
import { manualClock, type TestClock } from "../../local-aws/support/clocks.ts";
import { type LocalAws, startLocalAws } from "../../local-aws/support/local-aws.ts";

let clock: TestClock;
let aws: LocalAws;
let ssm: SSMClient;

/** Time stands still, so that Parameter Store takes ten writes and no more. */
beforeEach(async () => {
  clock = manualClock();
  aws = await startLocalAws({ clock, services: [createSsm] });
  ssm = new SSMClient({ ...aws.client("api-to-queue"), maxAttempts: 1 });
});
afterEach(() => aws.close());

const twenty = (value: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`KEY_${index}`, `${value} ${index}`]));
const withoutRetries = () => awsSecrets(ssm, "/slipway/apps", { retryMs: 0 });

test("twenty secrets at once are all written, as soon as Parameter Store takes them", async () => {
  const pass = setInterval(() => clock.advance(1000), 20);
  const secrets = awsSecrets(ssm, "/slipway/apps", { retryMs: 120_000 });
  await Promise.all([secrets.put(1, twenty("one")), secrets.put(2, twenty("two"))]);
  clearInterval(pass);
  expect(await secrets.values(1)).toHaveLength(20);
  expect((await secrets.values(2)).every((value) => value.startsWith("two"))).toBe(true);
});

test("where Parameter Store takes no more, none of them is there, and the error says that nothing was changed", async () => {
  const writing = withoutRetries().put(1, twenty("new"), "missing");
  await expect(writing).rejects.toThrow(SecretsThrottled);
  await expect(writing).rejects.toThrow(/did not take 20 secrets.*Nothing was changed\. Wait ten seconds/);
  expect(await withoutRetries().values(1)).toEqual([]);
});

test("what was there before stays where new ones are given up", async () => {
  await withoutRetries().put(1, { KEY_0: "old" });
  await expect(withoutRetries().put(1, twenty("new"), "missing")).rejects.toThrow("Nothing was changed");
  expect(await withoutRetries().values(1)).toEqual(["old"]);
});

test("of values that are replaced, the error says which are in force", async () => {
  const writing = withoutRetries().put(1, twenty("new"));
  await expect(writing).rejects.toThrow(/have their new values: KEY_0, .*KEY_9\. The others keep/);
});

test("what is no throttling is thrown as it is", async () => {
  await expect(withoutRetries().put(1, { KEY: "x".repeat(5000) })).rejects.toMatchObject({
    name: "ValidationException",
  });
});
