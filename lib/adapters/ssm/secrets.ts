import {
  DeleteParametersCommand,
  type Parameter,
  paginateGetParametersByPath,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { buildSecretsFolder } from "../../core/configuration/secret-parameter.ts";
import type { Secrets } from "../../core/ports/apps.ts";
import { SecretsThrottled } from "../../core/secrets-throttled.ts";
import { collected } from "../collected.ts";
import { gitTokenName, readGitToken } from "./git-token-parameter.ts";
import { isThrottled, putSecureString, retries } from "./secure-string.ts";

/** SSM deletes at most this many parameters in one call. */
const deletedAtOnce = 10;

/** Secrets as SecureStrings of SSM, at `<prefix>/<app>/<name>`; a name has its version (`secretParameter`, `buildSecretParameter` of the core). */
export function awsSecrets(client: SSMClient, prefix: string, { retryMs }: { retryMs?: number } = {}): Secrets {
  const under = (path: string, WithDecryption = true): Promise<readonly Parameter[]> => {
    const asked = { Path: path, Recursive: true, WithDecryption };
    return collected(paginateGetParametersByPath({ client }, asked), ({ Parameters }) => Parameters);
  };

  const remove = async (appId: number, names: readonly string[]): Promise<void> => {
    for (let from = 0; from < names.length; from += deletedAtOnce) {
      const Names = names.slice(from, from + deletedAtOnce).map((name) => `${prefix}/${appId}/${name}`);
      await client.send(new DeleteParametersCommand({ Names }));
    }
  };

  return {
    put: async (appId, values, which = "all") => {
      const until = retries(retryMs);
      const written: string[] = [];
      try {
        for (const [name, value] of Object.entries(values)) {
          const isNew = await putSecureString(client, `${prefix}/${appId}/${name}`, value, which, until);
          if (isNew) written.push(name);
        }
      } catch (error) {
        if (!isThrottled(error)) throw error;
        // What was not there before is in nobody's hands yet, and goes. What was replaced cannot come back: nobody may read it.
        if (which === "missing") await remove(appId, written);
        throw new SecretsThrottled(Object.keys(values).length, which === "missing" ? [] : written, error);
      }
    },
    stored: async (appId) => {
      const path = `${prefix}/${appId}`;
      return (await under(path, false)).map(({ Name = "", LastModifiedDate = new Date() }) => ({
        name: Name.slice(path.length + 1),
        written_at: LastModifiedDate.toISOString(),
      }));
    },
    remove,
    values: async (appId) => (await under(`${prefix}/${appId}`)).flatMap(secretIn),
    ofBuilds: async (appId) => {
      const path = `${prefix}/${appId}/`;
      const found = await under(`${path}${buildSecretsFolder}`.slice(0, -1));
      return Object.fromEntries(found.map(({ Name = "", Value = "" }) => [Name.slice(path.length), Value]));
    },
  };
}

/** What a parameter keeps secret: its value, of a Git token only the token, since its server is named in every log. */
function secretIn({ Name = "", Value }: Parameter): string[] {
  if (Value === undefined) return [];
  return [Name.endsWith(`/${gitTokenName}`) ? readGitToken(Value).token : Value];
}
