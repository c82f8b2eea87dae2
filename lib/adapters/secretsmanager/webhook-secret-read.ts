import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

/** A rotation's two versions, as Secrets Manager labels them. */
const stages = ["AWSCURRENT", "AWSPREVIOUS"];

/** The values of a secret of Secrets Manager that count; blank ones do not. */
export async function secretValues(client: SecretsManagerClient, secretArn: string): Promise<readonly string[]> {
  const values = await Promise.all(stages.map((stage) => valueAt(client, secretArn, stage)));
  return [...new Set(values.filter((value) => value.trim() !== ""))];
}

async function valueAt(client: SecretsManagerClient, SecretId: string, VersionStage: string): Promise<string> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString ?? "";
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return "";
    throw error;
  }
}
