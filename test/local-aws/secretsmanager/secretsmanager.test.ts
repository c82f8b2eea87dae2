import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createSecretsManager } from "@slipway/local-aws/services/secretsmanager/secretsmanager";
import { renewEdgeSecret } from "../../../lib/operator/edge-secret.ts";
import { temporaryDirectory } from "../support/files.ts";
import { type LocalAws, resource, startLocalAws } from "../support/local-aws.ts";

let directory: ReturnType<typeof temporaryDirectory>;
let aws: LocalAws;
let part: ReturnType<typeof createSecretsManager>;
let client: SecretsManagerClient;

async function boot() {
  aws = await startLocalAws({ dataDir: directory.path });
  part = createSecretsManager(aws.context);
  aws.register(...part.services);
  client = new SecretsManagerClient(aws.client("webhook-to-queue"));
}
async function reboot() {
  await part.close();
  await aws.close();
  await boot();
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

async function ensure(properties: Readonly<Record<string, unknown>>): Promise<string> {
  const made = await part.providers[0]?.ensure(resource("AWS::SecretsManager::Secret", "Webhook", properties));
  return made?.ref ?? "";
}
const value = async (SecretId: string, VersionStage?: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, ...(VersionStage ? { VersionStage } : {}) }))).SecretString;

test("a secret has the same ARN at each start and is found by name, ARN, and ARN without its suffix", async () => {
  const arn = await ensure({ Name: "slipway/webhook", SecretString: "s3cret" });
  expect(arn).toMatch(/^arn:aws:secretsmanager:eu-west-1:123456789012:secret:slipway\/webhook-[A-Za-z0-9]{6}$/);
  for (const id of [arn, "slipway/webhook", arn.slice(0, -7)]) expect(await value(id)).toBe("s3cret");
  await reboot();
  expect(await ensure({ Name: "slipway/webhook", SecretString: "s3cret" })).toBe(arn);
});

test("a new value becomes current and the one before it previous", async () => {
  const arn = await ensure({ SecretString: "one" });
  await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: "two" }));
  const { VersionId } = await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: "three" }));
  expect(await value(arn)).toBe("three");
  expect(await value(arn, "AWSPREVIOUS")).toBe("two");
  const described = await client.send(new DescribeSecretCommand({ SecretId: arn }));
  expect(described.VersionIdsToStages?.[VersionId ?? ""]).toEqual(["AWSCURRENT"]);
  expect(
    Object.values(described.VersionIdsToStages ?? {})
      .flat()
      .sort(),
  ).toEqual(["AWSCURRENT", "AWSPREVIOUS"]);
});

test("a pending version leaves the current one alone", async () => {
  const arn = await ensure({ SecretString: "one" });
  const pending = { SecretId: arn, SecretString: "next", VersionStages: ["AWSPENDING"] };
  await client.send(new PutSecretValueCommand(pending));
  expect(await value(arn)).toBe("one");
  expect(await value(arn, "AWSPENDING")).toBe("next");
});

test("a repeated token is harmless with the same value and refused with another", async () => {
  const arn = await ensure({ SecretString: "one" });
  const ClientRequestToken = "0123456789012345678901234567890123";
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: arn, SecretString, ClientRequestToken }));
  expect((await put("two")).VersionId).toBe(ClientRequestToken);
  expect((await put("two")).VersionId).toBe(ClientRequestToken);
  await expect(put("other")).rejects.toMatchObject({ name: "ResourceExistsException" });
});

test("what is not there is not found", async () => {
  await expect(value("none")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  const arn = await ensure({});
  await expect(value(arn)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a generated secret is as the template wants it, once, and not on disk in clear", async () => {
  const GenerateSecretString = {
    PasswordLength: 40,
    ExcludePunctuation: true,
    SecretStringTemplate: '{"user":"admin"}',
    GenerateStringKey: "password",
  };
  const arn = await ensure({ GenerateSecretString });
  const made = (await value(arn)) ?? "";
  expect(JSON.parse(made)).toEqual({ user: "admin", password: expect.stringMatching(/^[a-zA-Z0-9]{40}$/) });
  await reboot();
  await ensure({ GenerateSecretString });
  expect(await value(arn)).toBe(made);
  const { password } = JSON.parse(made);
  const files = readdirSync(directory.path).map((file) => readFileSync(join(directory.path, file)));
  expect(files.some((bytes) => bytes.includes(password))).toBe(false);
});

test("a seed reaches a secret made before or after it, and replaces a value only where it differs", async () => {
  part.seed("Webhook", "from the environment");
  const arn = await ensure({ GenerateSecretString: {} });
  expect(await value(arn)).toBe("from the environment");
  part.seed("Webhook", "changed");
  expect(await value(arn)).toBe("changed");
  const versions = async () => (await client.send(new DescribeSecretCommand({ SecretId: arn }))).VersionIdsToStages;
  const before = await versions();
  part.seed("slipway-Webhook", "changed");
  expect(await versions()).toEqual(before);
});

test("IAM is asked about the secret's ARN", async () => {
  const arn = await ensure({ Name: "hook", SecretString: "x" });
  await value("hook");
  expect(aws.asked).toEqual([`webhook-to-queue secretsmanager:GetSecretValue ${arn}`]);
  aws.deny(() => true);
  await expect(value("hook")).rejects.toMatchObject({ name: "AccessDeniedException" });
});

test("a dynamic reference of the template becomes the value that it names, and one to nothing is refused", async () => {
  const arn = await ensure({ SecretString: "one" });
  const { VersionId: first } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: "two" }));
  const reference = (stage: string, version = "") =>
    `{{resolve:secretsmanager:${arn}:SecretString::${stage}:${version}}}`;
  expect(part.resolve(`${reference("")},${reference("AWSPREVIOUS")},${reference("", first)}`)).toBe("two,one,one");
  expect(() => part.resolve(reference("", "00000000-0000-0000-0000-123456789012"))).toThrow("can't find");
  expect(part.resolve("nothing of {{this}}")).toBe("nothing of {{this}}");
});

test("renewing the edge's secret names the new version and the one before, and both stay valid for what refers to them", async () => {
  const arn = await ensure({ GenerateSecretString: { PasswordLength: 48, ExcludePunctuation: true } });
  const before = await value(arn);
  const { EdgeVersion, EdgeVersionBefore } = await renewEdgeSecret(arn, aws.client("operator"));
  const reference = (version: string) => `{{resolve:secretsmanager:${arn}:SecretString:::${version}}}`;
  const renewed = part.resolve(reference(EdgeVersion));
  expect(renewed).toMatch(/^[0-9a-f]{64}$/);
  expect(part.resolve(reference(EdgeVersionBefore))).toBe(before);
  // Whoever names no version, as a first deployment does, has the current one.
  expect(part.resolve(reference(""))).toBe(renewed);
});
