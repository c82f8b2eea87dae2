import {
  DeleteParametersCommand,
  type Parameter,
  paginateGetParametersByPath,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { buildSecretName } from "../../core/build-secret-name.ts";
import type { Secrets } from "../../core/ports/apps.ts";
import { SecretsThrottled } from "../../core/secrets-throttled.ts";
import { gitTokenName, readGitToken } from "./git-token-parameter.ts";
import { isThrottled, patience, putSecureString } from "./secure-string.ts";

/** SSM deletes at most this many parameters in one call. */
const deletedAtOnce = 10;

/** Secrets as SecureStrings of SSM, at `<prefix>/<app>/<name>`, those of builds at `<prefix>/<app>/build/<name>`. */
export function awsSecrets(client: SSMClient, prefix: string, { patienceMs }: { patienceMs?: number } = {}): Secrets {
  const under = async (path: string): Promise<Parameter[]> => {
    const found: Parameter[] = [];
    const pages = paginateGetParametersByPath({ client }, { Path: path, Recursive: true, WithDecryption: true });
    for await (const { Parameters = [] } of pages) found.push(...Parameters);
    return found;
  };

  const remove = async (appId: number, names: readonly string[]): Promise<void> => {
    for (let from = 0; from < names.length; from += deletedAtOnce) {
      const Names = names.slice(from, from + deletedAtOnce).map((name) => `${prefix}/${appId}/${name}`);
      await client.send(new DeleteParametersCommand({ Names }));
    }
  };

  return {
    put: async (appId, values, which = "all") => {
      const until = patience(patienceMs);
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
    remove,
    values: async (appId) => (await under(`${prefix}/${appId}`)).flatMap(secretIn),
    ofBuilds: async (appId) => {
      const path = `${prefix}/${appId}/${buildSecretName("")}`;
      const found = await under(path.slice(0, -1));
      return Object.fromEntries(found.map(({ Name = "", Value = "" }) => [Name.slice(path.length), Value]));
    },
  };
}

/** What a parameter keeps secret: its value, of a Git token only the token, since its server is named in every log. */
function secretIn({ Name = "", Value }: Parameter): string[] {
  if (Value === undefined) return [];
  return [Name.endsWith(`/${gitTokenName}`) ? readGitToken(Value).token : Value];
}
