import { createHash } from "node:crypto";
import * as z from "zod";
import { openEncryption, requireOwnKey } from "../../kernel/encryption.ts";
import type { LocalContext } from "../../kernel/part.ts";
import { AwsError } from "../../kernel/service.ts";
import { uuid } from "../../kernel/uuid.ts";

const versionSchema = z.object({
  id: z.string(),
  stages: z.array(z.string()),
  /** Encrypted. */
  value: z.string(),
  /** Epoch milliseconds. */
  created: z.number(),
});
const secretSchema = z.object({
  name: z.string(),
  arn: z.string(),
  description: z.string().optional(),
  created: z.number(),
  versions: z.array(versionSchema),
});

export type SecretVersion = z.infer<typeof versionSchema>;
export type Secret = z.infer<typeof secretSchema>;

export const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

interface NewVersion {
  readonly value: string;
  /** Makes repeating harmless; absent: a random one. */
  readonly token?: string | undefined;
  readonly stages?: readonly string[] | undefined;
}

/** The secrets of one account and region, kept in the context's state, values encrypted. */
export interface SecretStore {
  /** By name, by ARN, or by ARN without its last seven characters. */
  find(id: string): Secret | undefined;
  /** Makes it, without a value, unless it is there. */
  ensure(name: string, description: string | undefined): Secret;
  /** Throws `ResourceExistsException` when the token named another value. */
  put(secret: Secret, version: NewVersion): SecretVersion;
  /** In clear. */
  reveal(secret: Secret, version: SecretVersion): string;
}

/** Six letters and digits as AWS appends them, but always the same for a name. */
function arnOf(context: LocalContext, name: string): string {
  const hash = createHash("sha256").update(`${context.account}/${context.region}/${name}`).digest("base64");
  const suffix = hash.replaceAll(/[^a-zA-Z0-9]/g, "").slice(0, 6);
  return `arn:aws:secretsmanager:${context.region}:${context.account}:secret:${name}-${suffix}`;
}

function stagesAfter(version: SecretVersion, taken: readonly string[]): string[] {
  const moves = taken.includes(CURRENT);
  const kept = version.stages.filter((stage) => !taken.includes(stage) && !(moves && stage === PREVIOUS));
  return moves && version.stages.includes(CURRENT) ? [...kept, PREVIOUS] : kept;
}

/** The versions once a new one takes its stages; one that no stage names is gone, as AWS deletes deprecated ones. */
function withVersion(versions: readonly SecretVersion[], added: SecretVersion): SecretVersion[] {
  const rest = versions.map((version) => ({ ...version, stages: stagesAfter(version, added.stages) }));
  return [...rest.filter((version) => version.stages.length > 0), added];
}

/** Opens what `<data>` holds of Secrets Manager. Throws `DamagedFile` when its key is gone or another. */
export function openSecretStore(context: LocalContext): SecretStore {
  const secrets = context.state.collection("secretsmanager-secrets", secretSchema);
  const encryption = openEncryption(context.dataDir);
  const sealedAs = (secret: Secret) => `secretsmanager:${secret.name}`;
  const reveal = (secret: Secret, version: SecretVersion) => encryption.decrypt(sealedAs(secret), version.value);
  requireOwnKey(context.dataDir, () => {
    for (const secret of secrets.all()) for (const version of secret.versions) reveal(secret, version);
  });

  function repeated(secret: Secret, version: NewVersion): SecretVersion | undefined {
    const earlier = secret.versions.find((one) => one.id === version.token);
    if (earlier === undefined || reveal(secret, earlier) === version.value) return earlier;
    throw new AwsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${earlier.id} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }

  return {
    find: (id) => secrets.get(id) ?? secrets.all().find(({ arn }) => arn === id || arn.slice(0, -7) === id),
    ensure(name, description) {
      const existing = secrets.get(name);
      const created = existing?.created ?? context.clock.now();
      const versions = existing?.versions ?? [];
      const secret = { name, arn: arnOf(context, name), created, versions, ...(description ? { description } : {}) };
      secrets.put(name, secret);
      return secret;
    },
    put(secret, version) {
      const earlier = repeated(secret, version);
      if (earlier !== undefined) return earlier;
      const added = {
        id: version.token ?? uuid(context.randomHex),
        stages: [...(version.stages ?? [CURRENT])],
        value: encryption.encrypt(sealedAs(secret), version.value),
        created: context.clock.now(),
      };
      secrets.put(secret.name, { ...secret, versions: withVersion(secret.versions, added) });
      return added;
    },
    reveal,
  };
}
