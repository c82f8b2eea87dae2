import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";
import * as z from "zod";
import type { Credentials, LocalContext } from "../../kernel/part.ts";
import type { Buildspec } from "./buildspec.ts";
import type { EnvironmentVariable } from "./records.ts";

/** A variable whose value could not be fetched, as CodeBuild says it. */
export class VariableError extends Error {
  override readonly name = "VariableError";
}

/** The variables of a buildspec, in the form of the project's. */
export function buildspecVariables({ env }: Buildspec): EnvironmentVariable[] {
  const typed = (map: Readonly<Record<string, string>> | undefined, type: EnvironmentVariable["type"]) =>
    Object.entries(map ?? {}).map(([name, value]) => ({ name, value, type }));
  return [
    ...typed(env?.variables, "PLAINTEXT"),
    ...typed(env?.["parameter-store"], "PARAMETER_STORE"),
    ...typed(env?.["secrets-manager"], "SECRETS_MANAGER"),
  ];
}

async function parameter(client: SSMClient, name: string): Promise<string> {
  const { Parameters } = await client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
  const value = Parameters?.[0]?.Value;
  if (value === undefined) throw new VariableError(`parameter does not exist: ${name}`);
  return value;
}

/** `secret-id:json-key:version-stage:version-id`, where all but the first may be missing and the first may be an ARN. */
async function secret(client: SecretsManagerClient, reference: string): Promise<string> {
  const [, id = "", key = "", stage = "", version = ""] =
    /^(arn:(?:[^:]*:){5}[^:]*|[^:]*)(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?$/.exec(reference) ?? [];
  const { SecretString } = await client.send(
    new GetSecretValueCommand({
      SecretId: id,
      ...(stage === "" ? {} : { VersionStage: stage }),
      ...(version === "" ? {} : { VersionId: version }),
    }),
  );
  if (SecretString === undefined) throw new VariableError(`secret has no text: ${id}`);
  if (key === "") return SecretString;
  const value = z.record(z.string(), z.unknown()).parse(JSON.parse(SecretString))[key];
  if (typeof value !== "string") throw new VariableError(`secret ${id} has no key ${key}`);
  return value;
}

/** The values of all variables, fetched as the build's role where they lie elsewhere; later ones win. Throws {@link VariableError}. */
export async function resolveVariables(
  { awsEndpoint: endpoint, region }: LocalContext,
  credentials: Credentials,
  variables: readonly EnvironmentVariable[],
): Promise<Record<string, string>> {
  const ssm = new SSMClient({ endpoint, region, credentials });
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  const fetchers: Record<EnvironmentVariable["type"], (value: string) => Promise<string>> = {
    PLAINTEXT: async (value) => value,
    PARAMETER_STORE: (name) => parameter(ssm, name),
    SECRETS_MANAGER: (reference) => secret(secrets, reference),
  };
  try {
    const wanted = new Map(variables.map((variable) => [variable.name, variable]));
    const found = [...wanted.values()].map(
      async ({ name, value, type }) => [name, await fetchers[type](value)] as const,
    );
    return Object.fromEntries(await Promise.all(found));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw Object.assign(new VariableError(message), { cause });
  } finally {
    ssm.destroy();
    secrets.destroy();
  }
}
