import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { liner, openRecording } from "@slipway/local-aws/endpoint/recording";
import { createSsm } from "@slipway/local-aws/services/ssm/ssm";
import * as z from "zod";
import { temporaryDirectory } from "../support/files.ts";
import { type LocalAws, startLocalAws } from "../support/local-aws.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let file: string;
let aws: LocalAws;
let close: () => void;

beforeEach(async () => {
  directory = temporaryDirectory();
  file = join(directory.path, "calls.jsonl");
  const recording = openRecording(file, () => new Date(0));
  close = recording.close;
  aws = await startLocalAws({ services: [createSsm], record: recording.record });
  // What STS answers, without its roles and policies.
  const credentials = "<SecretAccessKey>hidden/one</SecretAccessKey><SessionToken>hidden/two</SessionToken>";
  const body = `<AssumeRoleResponse><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
  aws.register({
    kind: "http",
    scope: "sts",
    permissions: () => [],
    handle: async () => ({ status: 200, headers: { "content-type": "text/xml" }, body }),
    refuse: () => ({ status: 400, headers: {}, body: "" }),
  });
});
afterEach(async () => {
  await aws.close();
  close();
  directory.remove();
});

const recorded = () => {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
};

test("a recording has each call with its answer or its error, and not the secrets in them", async () => {
  const ssm = new SSMClient(aws.client("api-to-queue"));
  const put = new PutParameterCommand({ Name: "/a", Value: "hidden value", Type: "SecureString" });
  await ssm.send(put);
  await expect(ssm.send(put)).rejects.toMatchObject({ name: "ParameterAlreadyExists" });
  const call = { at: "1970-01-01T00:00:00.000Z", service: "ssm", operation: "PutParameter", caller: "api-to-queue" };
  const request = { Name: "/a", Value: "[redacted]", Type: "SecureString" };
  expect(recorded()).toMatchObject([
    { ...call, request, status: 200, answer: { Version: 1, Tier: "Standard" } },
    { ...call, request, status: 400, error: { __type: "ParameterAlreadyExists" } },
  ]);
  expect(readFileSync(file, "utf8")).not.toContain("hidden");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a recording shows no credentials that a role was given, and none of the caller", async () => {
  const configuration = aws.client("worker");
  await new STSClient(configuration).send(
    new AssumeRoleCommand({ RoleArn: "arn:aws:iam::1:role/r", RoleSessionName: "s-1" }),
  );
  const text = readFileSync(file, "utf8");
  expect(recorded()).toMatchObject([{ service: "sts", operation: "AssumeRole", request: { RoleSessionName: "s-1" } }]);
  expect(text).not.toContain("hidden");
  expect(text).not.toContain(configuration.credentials.accessKeyId);
});

test.each([
  [
    "dynamodb",
    {
      Item: {
        token_hash: { S: "hidden" },
        env: { M: { KEY: { S: "hidden" } } },
        name: { S: "shown" },
        ticket: { S: "hidden" },
      },
    },
  ],
  ["ecs", { containerDefinitions: [{ environment: [{ name: "shown", value: "hidden" }] }] }],
  ["sqs", { MessageBody: JSON.stringify({ name: "shown", detail: { token: "hidden", env: { KEY: "hidden" } } }) }],
  ["secretsmanager", { Name: "shown", SecretString: "hidden" }],
  ["sqs", { MessageBody: "shown", Attributes: ["-----BEGIN RSA PRIVATE KEY-----hidden-----END RSA PRIVATE KEY-----"] }],
])("a recording hides secret members of %s only", (service, body) => {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "Service.Operation" };
  const request = {
    method: "POST",
    url: new URL("http://127.0.0.1/"),
    headers,
    body: Buffer.from(JSON.stringify(body)),
  };
  const answer = { status: 200, headers: {}, body: "" };
  const line = JSON.stringify(liner()({ service, caller: null, request, answer, milliseconds: 1 }, "now"));
  expect(line).toContain("shown");
  expect(line).not.toContain("hidden");
});

test("a recording hides what lets the holder of a presigned URL in, and the content of objects", () => {
  const url = new URL("http://127.0.0.1/bucket/key?X-Amz-Signature=hidden&X-Amz-Security-Token=hidden&x-id=GetObject");
  const request = { method: "GET", url, headers: { authorization: "hidden" }, body: Buffer.alloc(0) };
  const answer = { status: 200, headers: { etag: '"e"' }, body: "hidden" };
  const line = liner()({ service: "s3", caller: "worker", request, answer, milliseconds: 1 }, "now");
  expect(line).toMatchObject({ operation: null, method: "GET", answer: "[6 bytes]", answer_headers: { etag: '"e"' } });
  expect(JSON.stringify(line)).not.toContain("hidden");
});

test("equal secrets of items are equal in a recording, and in no other one", () => {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem" };
  const answer = { status: 200, headers: {}, body: "" };
  const call = (token_hash: string) => {
    const body = Buffer.from(JSON.stringify({ Key: { token_hash: { S: token_hash } } }));
    const request = { method: "POST", url: new URL("http://127.0.0.1/"), headers, body };
    return { service: "dynamodb", caller: null, request, answer, milliseconds: 1 };
  };
  const line = liner();
  const [one, again, other] = ["hidden", "hidden", "other"].map((hash) => JSON.stringify(line(call(hash), "now")));
  expect(one).toContain("[redacted ");
  expect(one).not.toContain("hidden");
  expect(again).toBe(one);
  expect(other).not.toBe(one);
  expect(JSON.stringify(liner()(call("hidden"), "now"))).not.toBe(one);
});
