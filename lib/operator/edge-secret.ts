import { randomBytes, randomUUID } from "node:crypto";
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";

/** The template's parameters that name versions of the secret by which the functions know the edge. */
export interface EdgeVersions {
  readonly EdgeVersion: string;
  readonly EdgeVersionBefore: string;
}

/**
 * Gives the secret a new random value, and answers the parameters with which the stack must be updated for it to take effect.
 * Until then the value before counts. Throws what Secrets Manager answers.
 */
export async function renewEdgeSecret(secretArn: string, aws: SecretsManagerClientConfig = {}): Promise<EdgeVersions> {
  const client = new SecretsManagerClient(aws);
  try {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secretArn }));
    const before = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes("AWSCURRENT"))?.[0];
    const ClientRequestToken = randomUUID();
    const SecretString = randomBytes(32).toString("hex");
    await client.send(new PutSecretValueCommand({ SecretId: secretArn, ClientRequestToken, SecretString }));
    return { EdgeVersion: ClientRequestToken, EdgeVersionBefore: before ?? ClientRequestToken };
  } finally {
    client.destroy();
  }
}
