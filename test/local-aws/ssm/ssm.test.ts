import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  DeleteParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { LocalPart } from "@slipway/local-aws/kernel/part";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import { manualClock } from "../support/clocks.ts";
import { temporaryDirectory } from "../support/files.ts";
import { type LocalAws, resource, startLocalAws } from "../support/local-aws.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let part: LocalPart;
let ssm: SSMClient;

async function boot() {
  aws = await startLocalAws({ dataDir: directory.path });
  part = createSsm(aws.context);
  aws.register(...part.services);
  // More attempts than its writes are throttled for.
  ssm = new SSMClient({ ...aws.client("api-to-queue"), maxAttempts: 20 });
}

beforeEach(async () => {
  directory = temporaryDirectory();
  await boot();
});
afterEach(async () => {
  await part.close();
  await aws.close();
  directory.remove();
});

const put = (Name: string, Value: string, more: { Overwrite?: boolean; Type?: "String" | "SecureString" } = {}) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "SecureString", ...more }));

test("a parameter is what was put, with the ARN IAM knows it by, and counts its versions", async () => {
  expect(await put("/slipway/apps/1/KEY", "one")).toMatchObject({ Version: 1, Tier: "Standard" });
  expect(await put("/slipway/apps/1/KEY", "two", { Overwrite: true })).toMatchObject({ Version: 2 });
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/slipway/apps/1/KEY", WithDecryption: true }));
  expect(Parameter).toMatchObject({
    Name: "/slipway/apps/1/KEY",
    Type: "SecureString",
    Value: "two",
    Version: 2,
    ARN: "arn:aws:ssm:eu-west-1:123456789012:parameter/slipway/apps/1/KEY",
  });
  expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
});

test("a value is replaced only when that is asked for", async () => {
  await put("/a", "one");
  await expect(put("/a", "two")).rejects.toMatchObject({ name: "ParameterAlreadyExists" });
  expect((await ssm.send(new GetParameterCommand({ Name: "/a", WithDecryption: true }))).Parameter?.Value).toBe("one");
});

test("what cannot be is refused with the service's own error", async () => {
  await expect(put("/a b", "x")).rejects.toMatchObject({ name: "ValidationException" });
  await expect(put("/a", "x".repeat(4097))).rejects.toMatchObject({ name: "ValidationException" });
  await expect(ssm.send(new PutParameterCommand({ Name: "/a", Value: "x" }))).rejects.toMatchObject({
    name: "ValidationException",
  });
  await expect(ssm.send(new GetParameterCommand({ Name: "/none" }))).rejects.toMatchObject({
    name: "ParameterNotFound",
  });
});

test("writes are throttled as by Parameter Store: a burst, then three a second", async () => {
  const clock = manualClock();
  const throttled = await startLocalAws({ clock, services: [createSsm] });
  const client = new SSMClient({ ...throttled.client("api-to-queue"), maxAttempts: 1 });
  const written = async (): Promise<number> => {
    for (let count = 0; ; count += 1) {
      const Name = `/a/${count}`;
      const outcome = await client
        .send(new PutParameterCommand({ Name, Value: "x", Type: "String", Overwrite: true }))
        .catch((error) => error);
      if (!(outcome instanceof Error)) continue;
      expect(outcome).toMatchObject({ name: "ThrottlingException", message: "Rate exceeded" });
      return count;
    }
  };
  expect(await written()).toBe(10);
  clock.advance(1000);
  expect(await written()).toBe(3);
  await throttled.close();
});

test("a SecureString is nowhere in clear on disk, nor in an answer without decryption", async () => {
  await put("/token", "hunter2-hunter2");
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/token" }));
  expect(Parameter?.Value).not.toContain("hunter2");
  for (const file of readdirSync(directory.path)) {
    expect(readFileSync(join(directory.path, file)).includes("hunter2")).toBe(false);
  }
  expect(statSync(join(directory.path, "encryption.key")).mode & 0o777).toBe(0o600);
});

test("a path lists what lies under it, page by page, and deeper only when recursive", async () => {
  const names = Array.from({ length: 12 }, (_, n) => `/apps/1/K${String(n).padStart(2, "0")}`);
  for (const name of [...names, "/apps/1/deep/er", "/apps/10/other"]) await put(name, `value of ${name}`);
  const page = (input: { Recursive?: boolean; NextToken?: string }) =>
    ssm.send(new GetParametersByPathCommand({ Path: "/apps/1", WithDecryption: true, ...input }));
  const first = await page({});
  const second = await page(first.NextToken === undefined ? {} : { NextToken: first.NextToken });
  expect([...(first.Parameters ?? []), ...(second.Parameters ?? [])].map(({ Name }) => Name)).toEqual(names);
  expect(second.NextToken).toBeUndefined();
  expect(second.Parameters?.[0]?.Value).toBe("value of /apps/1/K10");
  const all = await page({ Recursive: true, NextToken: Buffer.from("/apps/1/K11").toString("base64url") });
  expect(all.Parameters?.map(({ Name }) => Name)).toEqual(["/apps/1/deep/er"]);
});

test("several are read and deleted together, and the ones that are not there are named", async () => {
  await put("/a", "1", { Type: "String" });
  const read = await ssm.send(new GetParametersCommand({ Names: ["/a", "/b"] }));
  expect(read.Parameters?.map(({ Value }) => Value)).toEqual(["1"]);
  expect(read.InvalidParameters).toEqual(["/b"]);
  const deleted = await ssm.send(new DeleteParametersCommand({ Names: ["/a", "/b"] }));
  expect(deleted).toMatchObject({ DeletedParameters: ["/a"], InvalidParameters: ["/b"] });
  expect((await ssm.send(new GetParametersCommand({ Names: ["/a"] }))).InvalidParameters).toEqual(["/a"]);
});

test("each operation asks IAM about the very parameters it touches", async () => {
  await put("/apps/1/A", "1");
  await ssm.send(new GetParametersByPathCommand({ Path: "/apps/1/" }));
  await ssm.send(new DeleteParametersCommand({ Names: ["/apps/1/A", "plain"] }));
  const arn = "arn:aws:ssm:eu-west-1:123456789012:parameter";
  expect(aws.asked).toEqual([
    `api-to-queue ssm:PutParameter ${arn}/apps/1/A`,
    `api-to-queue ssm:GetParametersByPath ${arn}/apps/1`,
    `api-to-queue ssm:DeleteParameters ${arn}/apps/1/A`,
    `api-to-queue ssm:DeleteParameters ${arn}/plain`,
  ]);
  aws.deny(({ action }) => action === "ssm:PutParameter");
  await expect(put("/b", "1")).rejects.toMatchObject({ name: "AccessDeniedException" });
});

test("parameters outlive the process, and the template writes its own only when the template changes", async () => {
  const [provider] = part.providers;
  const ensure = (Value: string) =>
    part.providers[0]?.ensure(resource("AWS::SSM::Parameter", "P", { Name: "/conf", Type: "String", Value }));
  expect(provider?.type).toBe("AWS::SSM::Parameter");
  expect(await ensure("one")).toEqual({ ref: "/conf", attributes: { Type: "String", Value: "one" } });
  await put("/conf", "changed by hand", { Type: "String", Overwrite: true });
  await put("/secret", "kept");
  await part.close();
  await aws.close();
  await boot();
  expect(await ensure("one")).toMatchObject({ attributes: { Value: "changed by hand" } });
  expect(await ensure("two")).toMatchObject({ attributes: { Value: "two" } });
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: "/secret", WithDecryption: true }));
  expect(Parameter?.Value).toBe("kept");
});
