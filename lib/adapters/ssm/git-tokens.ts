import { DeleteParametersCommand, GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { GitTokens } from "../../core/ports/git.ts";
import { gitTokenName, readGitToken, writeGitToken } from "./git-token-parameter.ts";
import { putSecureString } from "./secure-string.ts";

/** Git tokens as SecureStrings of SSM, at `<prefix>/<app>/git-token`. */
export function awsGitTokens(client: SSMClient, prefix: string): GitTokens {
  const nameOf = (appId: number) => `${prefix}/${appId}/${gitTokenName}`;
  return {
    put: async (appId, given, which = "all") => {
      await putSecureString(client, nameOf(appId), writeGitToken(given), which);
    },
    get: async (appId) => {
      const answer = await client.send(new GetParametersCommand({ Names: [nameOf(appId)], WithDecryption: true }));
      const value = answer.Parameters?.[0]?.Value;
      return value === undefined ? null : readGitToken(value);
    },
    remove: async (appId) => {
      await client.send(new DeleteParametersCommand({ Names: [nameOf(appId)] }));
    },
  };
}
