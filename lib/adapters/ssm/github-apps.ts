import { DeleteParametersCommand, GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { gitHubAppSchema } from "../../core/github/app.ts";
import type { GitHubApps } from "../../core/ports/github.ts";
import { putSecureString } from "./secure-string.ts";

/** The app as one SecureString of SSM: about 2.5 KB of the 4 KB that a standard one holds, of which the key is 1.7. */
export function awsGitHubApps(client: SSMClient, name: string): GitHubApps {
  return {
    get: async () => {
      const answer = await client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
      const value = answer.Parameters?.[0]?.Value;
      return value === undefined ? null : gitHubAppSchema.parse(JSON.parse(value));
    },
    put: async (app) => {
      await putSecureString(client, name, JSON.stringify(app), "all");
    },
    remove: async () => {
      const { DeletedParameters = [] } = await client.send(new DeleteParametersCommand({ Names: [name] }));
      return DeletedParameters.length > 0;
    },
  };
}
