import { PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createSecretsManager } from "@slipway/local-aws/services/secretsmanager/secretsmanager";
import { cachedWebhookSecrets } from "../../lib/adapters/cached/webhook-secrets.ts";
import { secretValues } from "../../lib/adapters/secretsmanager/webhook-secret-read.ts";
import { temporaryDirectory } from "../local-aws/support/files.ts";
import { type LocalAws, resource, startLocalAws } from "../local-aws/support/local-aws.ts";

describe("the values of a secret", () => {
  const directory = temporaryDirectory();
  let aws: LocalAws;
  let part: ReturnType<typeof createSecretsManager>;
  let client: SecretsManagerClient;
  beforeAll(async () => {
    aws = await startLocalAws({ dataDir: directory.path });
    part = createSecretsManager(aws.context);
    aws.register(...part.services);
    client = new SecretsManagerClient(aws.client("webhook-to-queue"));
  });
  afterAll(async () => {
    client.destroy();
    await part.close();
    await aws.close();
    directory.remove();
  });
  const made = async (name: string, properties: Readonly<Record<string, unknown>>): Promise<string> =>
    (await part.providers[0]?.ensure(resource("AWS::SecretsManager::Secret", name, properties)))?.ref ?? "";
  const put = (SecretId: string, SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId, SecretString }));

  test("are the current one and the one before it; the same one put twice ends a rotation", async () => {
    const arn = await made("Rotated", { SecretString: "one" });
    expect(await secretValues(client, arn)).toEqual(["one"]);
    await put(arn, "two");
    expect(await secretValues(client, arn)).toEqual(["two", "one"]);
    await put(arn, "two");
    expect(await secretValues(client, arn)).toEqual(["two"]);
  });

  test("are none where there is no secret, no value, or a blank one", async () => {
    expect(await secretValues(client, "absent")).toEqual([]);
    expect(await secretValues(client, await made("Empty", {}))).toEqual([]);
    const blank = await made("Blank", { SecretString: " \n" });
    expect(await secretValues(client, blank)).toEqual([]);
  });
});

describe("cached secrets", () => {
  const cachedBy = (read: () => string[]) => {
    const clock = { seconds: 1000, reads: 0 };
    const secrets = cachedWebhookSecrets(
      async () => {
        clock.reads += 1;
        return read();
      },
      () => clock.seconds,
    );
    return { clock, secrets };
  };

  test("are read once a minute, and afresh every five seconds at most, however many ask with wrong signatures", async () => {
    const { clock, secrets } = cachedBy(() => ["one"]);
    for (let second = 0; second < 60; second++) {
      expect(await secrets.known()).toEqual(["one"]);
      clock.seconds += 1;
    }
    expect(clock.reads).toBe(1);
    for (let call = 0; call < 100; call++) await secrets.afresh();
    expect(clock.reads).toBe(2);
    clock.seconds += 5;
    await secrets.afresh();
    expect(clock.reads).toBe(3);
  });

  test("that are none are asked for again before a minute is over", async () => {
    let values: string[] = [];
    const { clock, secrets } = cachedBy(() => values);
    expect(await secrets.known()).toEqual([]);
    values = ["set"];
    clock.seconds += 5;
    expect(await secrets.known()).toEqual(["set"]);
  });
});
