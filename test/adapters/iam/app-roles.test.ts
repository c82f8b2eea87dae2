import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type AwsEndpoint, startEndpoint } from "@slipway/local-aws/endpoint/endpoint";
import { systemClock } from "@slipway/local-aws/kernel/clock";
import { createIam } from "@slipway/local-aws/services/iam/iam";
import { awsAppRoles } from "../../../lib/adapters/iam/app-roles.ts";
import { trusts } from "../../../lib/adapters/iam/trust.ts";
import type { AppRoles } from "../../../lib/core/ports/app-roles.ts";

const account = "111122223333";
const region = "eu-west-1";
const rolesArn = `arn:aws:iam::${account}:role/slipway/`;
const policy = (...Statement: object[]) => ({ Version: "2012-10-17", Statement });
const toTasks = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ecs-tasks.amazonaws.com" } };
const forAccount = (id: string) => ({ ...toTasks, Condition: { StringEquals: { "aws:SourceAccount": id } } });

let dataDir: string;
let endpoint: AwsEndpoint;
let client: IAMClient;
let roles: AppRoles;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "roles-"));
  let number = 0;
  const randomHex = (n: number): string => (++number).toString(16).padStart(n, "0");
  const iam = createIam({ account, region, dataDir, randomHex, clock: systemClock });
  endpoint = await startEndpoint({ ...iam, log: () => {}, randomHex });
  for (const service of iam.services) endpoint.register(service);
  const make = async (name: string, Path: string, trust: object, ...statements: object[]) => {
    const Policies = [{ PolicyName: "own", PolicyDocument: policy(...statements) }];
    const properties = { RoleName: name, Path, AssumeRolePolicyDocument: policy(trust), Policies };
    const provider = iam.providers.find(({ type }) => type === "AWS::IAM::Role");
    await provider?.ensure({ logicalId: name, type: "AWS::IAM::Role", physicalName: name, properties });
  };
  const trust = { ...toTasks, Principal: { Service: "lambda.amazonaws.com" } };
  const look = { Effect: "Allow", Action: "iam:GetRole", Resource: `${rolesArn}*` };
  await make("api", "/", trust, look);
  await make("reader", "/slipway/", forAccount(account));
  await make("elsewhere", "/", toTasks);
  await make("deeper", "/slipway/team/", toTasks);
  await make("of-lambda", "/slipway/", trust);
  await make("of-others", "/slipway/", forAccount("999999999999"));
  const credentials = iam.credentialsFor(`arn:aws:iam::${account}:role/api`, "api");
  client = new IAMClient({ endpoint: endpoint.url, region, credentials, maxAttempts: 1 });
  roles = awsAppRoles(client, rolesArn, region);
});
afterAll(async () => {
  client.destroy();
  await endpoint.close();
  rmSync(dataDir, { recursive: true });
});

test("a role below the path that ECS's tasks may assume is one that apps can have", async () => {
  expect(await roles.objection("reader")).toBeNull();
});

test.each(["missing", "elsewhere", "deeper"])("of %s it is said that there is none with that path", async (name) => {
  expect(await roles.objection(name)).toBe(
    `There is no role ${name} with the path /slipway/ in this account, and apps can have no others. slipway roles template prints one that can.`,
  );
});

test.each(["of-lambda", "of-others"])("of %s it is said what its trust policy lacks", async (name) => {
  expect(await roles.objection(name)).toBe(
    `ECS tasks cannot assume the role ${name}: its trust policy has to allow sts:AssumeRole to ecs-tasks.amazonaws.com for the account ${account}. slipway roles template prints one that can.`,
  );
});

const tasks = { partition: "aws", region, account };
const like = (pattern: string) => ({ ...toTasks, Condition: { ArnLike: { "aws:SourceArn": pattern } } });
test.each<[string, object, boolean]>([
  ["without a condition", policy(toTasks), true],
  ["with one statement that is no list", { Statement: toTasks }, true],
  ["for this account", policy(forAccount(account)), true],
  ["for ECS of this account", policy(like(`arn:aws:ecs:*:${account}:*`)), true],
  ["for ECS of another region", policy(like(`arn:aws:ecs:us-east-1:${account}:*`)), false],
  ["with a deny", policy(toTasks, { ...toTasks, Effect: "Deny" }), false],
  ["with a deny for others", policy(toTasks, { ...forAccount("999999999999"), Effect: "Deny" }), true],
  [
    "for whoever has a tag",
    policy({ ...toTasks, Condition: { StringEquals: { "aws:PrincipalTag/team": "a" } } }),
    false,
  ],
  ["for another action", policy({ ...toTasks, Action: "sts:TagSession" }), false],
  ["for the account's own identities", policy({ ...toTasks, Principal: { AWS: account } }), false],
])("a trust policy %s", (_what, document, expected) => {
  expect(trusts(encodeURIComponent(JSON.stringify(document)), tasks)).toBe(expected);
});

test("what is no policy trusts nobody", () => {
  expect(["", "%", "[]", "{}"].map((text) => trusts(text, tasks))).toEqual([false, false, false, false]);
});
