import * as z from "zod";
import { operationsOf } from "../../kernel/operation.ts";
import type { LocalContext, LocalPart, Resource, ResourceProvider } from "../../kernel/part.ts";
import { AwsError, type Operation, type Permission } from "../../kernel/service.ts";
import { generateSchema, generateSecretString } from "./generate.ts";
import { CURRENT, openSecretStore, type Secret, type SecretStore, type SecretVersion } from "./secret-store.ts";

const operation = operationsOf("InvalidParameterException");

const secretId = z.string().min(1).max(2048);
const getInput = z.object({
  SecretId: secretId,
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});
const putInput = z.object({
  SecretId: secretId,
  ClientRequestToken: z.string().min(32).max(64).optional(),
  SecretString: z.string().min(1).max(65536),
  VersionStages: z.array(z.string().min(1).max(256)).min(1).max(20).optional(),
});
const describeInput = z.object({ SecretId: secretId });

function known(store: SecretStore, id: string): Secret {
  const secret = store.find(id);
  if (secret !== undefined) return secret;
  throw new AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
}

function versionOf(secret: Secret, input: z.infer<typeof getInput>): SecretVersion {
  const { VersionId: id, VersionStage: stage = id === undefined ? CURRENT : undefined } = input;
  const fits = (one: SecretVersion) =>
    (id === undefined || one.id === id) && (stage === undefined || one.stages.includes(stage));
  const version = secret.versions.find(fits);
  if (version !== undefined) return version;
  const wanted = id === undefined ? `staging label: ${stage}` : `VersionId: ${id}`;
  throw new AwsError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${wanted}`,
  );
}

function operations(context: LocalContext, store: SecretStore): Readonly<Record<string, Operation>> {
  // A secret that is not there is asked for under the name it would have, so that only those who may see it learn of it.
  const resourceOf = (id: string) =>
    store.find(id)?.arn ??
    (id.startsWith("arn:") ? id : `arn:aws:secretsmanager:${context.region}:${context.account}:secret:${id}-??????`);
  const allow = (action: string, id: string): Permission[] => [
    { action: `secretsmanager:${action}`, resource: resourceOf(id) },
  ];
  const named = (secret: Secret) => ({ ARN: secret.arn, Name: secret.name });
  return {
    GetSecretValue: operation(getInput, {
      permissions: (input) => allow("GetSecretValue", input.SecretId),
      run(input) {
        const secret = known(store, input.SecretId);
        const version = versionOf(secret, input);
        const about = { VersionId: version.id, VersionStages: version.stages, CreatedDate: version.created / 1000 };
        return { ...named(secret), ...about, SecretString: store.reveal(secret, version) };
      },
    }),
    PutSecretValue: operation(putInput, {
      permissions: (input) => allow("PutSecretValue", input.SecretId),
      run(input) {
        const secret = known(store, input.SecretId);
        const { SecretString: value, ClientRequestToken: token, VersionStages: stages } = input;
        const version = store.put(secret, { value, token, stages });
        return { ...named(secret), VersionId: version.id, VersionStages: version.stages };
      },
    }),
    DescribeSecret: operation(describeInput, {
      permissions: (input) => allow("DescribeSecret", input.SecretId),
      run(input) {
        const secret = known(store, input.SecretId);
        const changed = Math.max(secret.created, ...secret.versions.map(({ created }) => created));
        return {
          ...named(secret),
          ...(secret.description === undefined ? {} : { Description: secret.description }),
          CreatedDate: secret.created / 1000,
          LastChangedDate: changed / 1000,
          VersionIdsToStages: Object.fromEntries(secret.versions.map(({ id, stages }) => [id, stages])),
        };
      },
    }),
  };
}

const secretProperties = z.object({
  Name: z.string().min(1).optional(),
  Description: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: generateSchema.optional(),
});

/** A first value for a secret that has none; one that somebody put stays. */
function firstValue(context: LocalContext, properties: z.infer<typeof secretProperties>): string | undefined {
  const { SecretString, GenerateSecretString } = properties;
  if (SecretString !== undefined || GenerateSecretString === undefined) return SecretString;
  return generateSecretString(GenerateSecretString, context.randomHex);
}

/** Values that the operator hands over, by name or logical id, perhaps before the template made their secrets. */
interface Seeds {
  add(nameOrLogicalId: string, value: string): void;
  ensured(logicalId: string, name: string): void;
}

function seedsFor(store: SecretStore): Seeds {
  const waiting = new Map<string, string>();
  const names = new Map<string, string>();
  function apply(name: string, value: string): boolean {
    const secret = store.find(name);
    if (secret === undefined) return false;
    const current = secret.versions.find(({ stages }) => stages.includes(CURRENT));
    if (current === undefined || store.reveal(secret, current) !== value) store.put(secret, { value });
    return true;
  }
  return {
    add(key, value) {
      if (!names.has(key) || !apply(names.get(key) ?? key, value)) waiting.set(key, value);
    },
    ensured(logicalId, name) {
      names.set(logicalId, name).set(name, name);
      const value = waiting.get(logicalId) ?? waiting.get(name);
      if (value !== undefined) apply(name, value);
      waiting.delete(logicalId);
      waiting.delete(name);
    },
  };
}

function secretProvider(context: LocalContext, store: SecretStore, seeds: Seeds): ResourceProvider {
  return {
    type: "AWS::SecretsManager::Secret",
    ensure(resource: Resource) {
      const properties = secretProperties.parse(resource.properties);
      const secret = store.ensure(properties.Name ?? resource.physicalName, properties.Description);
      const value = secret.versions.length === 0 ? firstValue(context, properties) : undefined;
      if (value !== undefined) store.put(secret, { value });
      seeds.ensured(resource.logicalId, secret.name);
      return { ref: secret.arn, attributes: { Id: secret.arn } };
    },
  };
}

/** `{{resolve:secretsmanager:<secret>:SecretString:<key of its JSON>:<stage>:<version id>}}`; what is left empty is the usual. */
const REFERENCE =
  /\{\{resolve:secretsmanager:((?:arn:[^:}]+:secretsmanager:[^:}]*:[^:}]*:secret:)?[^:}]+):SecretString:([^:}]*):([^:}]*):([^:}]*)\}\}/g;

/** The value behind a dynamic reference of the template. Throws as `GetSecretValue` does for a secret or version that is not there. */
function referenced(store: SecretStore, id: string, key: string, stage: string, version: string): string {
  const secret = known(store, id);
  const VersionStage = stage === "" ? undefined : stage;
  const text = store.reveal(secret, versionOf(secret, { SecretId: id, VersionId: version || undefined, VersionStage }));
  return key === "" ? text : String(z.record(z.string(), z.unknown()).parse(JSON.parse(text))[key]);
}

/** Secrets Manager; values lie encrypted in the data directory. */
export function createSecretsManager(context: LocalContext): LocalPart & {
  /** Gives the template's secret of that name or logical id this value, now or as soon as the secret is made; at each start, where it differs. */
  seed(nameOrLogicalId: string, value: string): void;
  /** A text of the template with the values of secrets in place of dynamic references to them. */
  resolve(text: string): string;
} {
  const store = openSecretStore(context);
  const seeds = seedsFor(store);
  const dialect = "application/x-amz-json-1.1";
  return {
    services: [{ kind: "json", scope: "secretsmanager", dialect, operations: operations(context, store) }],
    providers: [secretProvider(context, store, seeds)],
    resolve: (text) =>
      text.replaceAll(REFERENCE, (_whole, id: string, key: string, stage: string, version: string) =>
        referenced(store, id, key, stage, version),
      ),
    seed: (nameOrLogicalId, value) => seeds.add(nameOrLogicalId, value),
    close: async () => undefined,
  };
}
