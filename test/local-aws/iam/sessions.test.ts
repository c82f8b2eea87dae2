import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type AwsEndpoint, startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { createIam, type Iam } from "@slipway/local-aws/services/iam/iam";
import { parsePolicy } from "@slipway/local-aws/services/iam/policy";
import { createSts } from "@slipway/local-aws/services/sts/sts";
import { startLocalAws } from "../support/local-aws.ts";

const account = "111122223333";
const caller = `arn:aws:iam::${account}:role/Slipway-Caller`;
const assumed = `arn:aws:iam::${account}:role/Slipway-Assumed`;
const queue = (name: string): string => `arn:aws:sqs:eu-west-1:${account}:${name}`;
const allow = (...resources: string[]) => ({ Effect: "Allow", Action: "sqs:SendMessage", Resource: resources });
const policy = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const send = (name: string) => ({ action: "sqs:SendMessage", resource: queue(name) });

let dataDir: string;
let iam: Iam;
let endpoint: AwsEndpoint;
let now: number;

async function makeRole(logicalId: string, principal: object, statements: object[]) {
  const provider = iam.providers.find(({ type }) => type === "AWS::IAM::Role");
  await provider?.ensure({
    logicalId,
    type: "AWS::IAM::Role",
    physicalName: `Slipway-${logicalId}`,
    properties: {
      AssumeRolePolicyDocument: policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: principal }),
      Policies: [{ PolicyName: "own", PolicyDocument: policy(...statements) }],
    },
  });
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "iam-"));
  now = Date.now();
  const aws = await startLocalAws({ dataDir });
  const clock = { ...systemClock, now: () => now };
  const { randomHex } = aws.context;
  iam = createIam({ account, region: "eu-west-1", dataDir, randomHex, clock });
  const { identify, secretOf, sessionTokenOf, authorize } = iam;
  endpoint = await startEndpoint({ identify, secretOf, sessionTokenOf, authorize, log: () => {}, randomHex });
  createSts({ ...aws.context, account, clock }, iam).services.forEach(endpoint.register);
  await aws.close();
  const assume = { Effect: "Allow", Action: "sts:AssumeRole", Resource: assumed };
  await makeRole("Caller", { Service: "lambda.amazonaws.com" }, [assume]);
  await makeRole("Other", { Service: "lambda.amazonaws.com" }, [assume]);
  await makeRole("Assumed", { AWS: caller }, [allow(queue("a"), queue("b"))]);
});
afterEach(async () => {
  await endpoint.close();
  rmSync(dataDir, { recursive: true });
});

const sts = (roleArn = caller): STSClient =>
  new STSClient({
    endpoint: endpoint.url,
    region: "eu-west-1",
    credentials: iam.credentialsFor(roleArn, "function"),
    maxAttempts: 1,
  });
const assume = (Policy?: object, DurationSeconds = 3600) =>
  new AssumeRoleCommand({
    RoleArn: assumed,
    RoleSessionName: "build-7",
    DurationSeconds,
    ...(Policy === undefined ? {} : { Policy: JSON.stringify(Policy) }),
  });

describe("an assumed role", () => {
  test("may do what its policies and the session's allow both, and the refusal says which did not", async () => {
    const { Credentials } = await sts().send(assume(policy(allow(queue("a"), queue("c")))));
    const session = iam.identify(Credentials?.AccessKeyId ?? "");
    if (session === undefined) throw new Error("Nobody holds the key.");
    expect(iam.authorize([send("a")], session)).toBeUndefined();
    expect(iam.authorize([send("b")], session)).toMatch(/because no session policy allows the sqs:SendMessage action$/);
    expect(iam.authorize([send("c")], session)).toMatch(/because no identity-based policy allows/);
  });

  test("may do what its policies allow where the session has none", async () => {
    const { Credentials } = await sts().send(assume());
    const session = iam.identify(Credentials?.AccessKeyId ?? "");
    if (session === undefined) throw new Error("Nobody holds the key.");
    expect(iam.authorize([send("b")], session)).toBeUndefined();
    expect(iam.authorize([send("c")], session)).toMatch(/not authorized/);
  });

  test("is nobody once its time is over, and neither is a login that it made", async () => {
    const { Credentials } = await sts().send(assume(policy(allow(queue("a"))), 900));
    const key = Credentials?.AccessKeyId ?? "";
    const session = iam.identify(key);
    if (session === undefined) throw new Error("Nobody holds the key.");
    const login = iam.credentialsOf(session);
    expect(iam.identify(login.accessKeyId)).toEqual(session);
    expect(Credentials?.Expiration?.getTime()).toBe(now - (now % 1) + 900_000);
    now += 900_000;
    expect([iam.identify(key), iam.identify(login.accessKeyId)]).toEqual([undefined, undefined]);
    expect(iam.authorize([send("a")], session)).toMatch(/not authorized/);
  });

  test("is not limited by the session of another", () => {
    const one = iam.assume({
      ...{ roleArn: assumed, name: "one", expiresAt: now + 1000 },
      policy: parsePolicy(policy(allow(queue("a"))), "Policy"),
    });
    const other = iam.assume({
      ...{ roleArn: assumed, name: "one", expiresAt: now + 1000 },
      policy: parsePolicy(policy(allow(queue("b"))), "Policy"),
    });
    const may = (key: string, name: string): boolean => {
      const session = iam.identify(key);
      return session !== undefined && iam.authorize([send(name)], session) === undefined;
    };
    for (const name of ["a", "b", "a", "b"]) {
      expect(may(one.accessKeyId, name)).toBe(name === "a");
      expect(may(other.accessKeyId, name)).toBe(name === "b");
    }
  });

  test("is assumed by those whom its trust policy names, for an hour at most where they assumed theirs", async () => {
    const other = caller.replace("Caller", "Other");
    await expect(sts(other).send(assume())).rejects.toMatchObject({ name: "AccessDenied" });
    await expect(sts().send(assume(undefined, 3601))).rejects.toMatchObject({
      message: expect.stringContaining("1 hour session limit for roles assumed by role chaining"),
    });
    await expect(
      sts().send(new AssumeRoleCommand({ RoleArn: assumed, RoleSessionName: "x", Policy: "{}" })),
    ).rejects.toMatchObject({ name: expect.stringMatching(/Validation|Malformed/) });
  });
});
