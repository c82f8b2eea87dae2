import { DeleteParametersCommand, GetParametersCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { gitHubAppSchema } from "../../core/github/app.ts";
import type { GitHubApps } from "../../core/ports/github.ts";
import { putSecureString } from "./secure-string.ts";

/** The app as one SecureString of SSM: about 2.5 KB of the 4 KB that a standard one holds, of which the key is 1.7. */
export function awsGitHubApps(client: SSMClient, name: string): GitHubApps {
  const read = async (): Promise<string | undefined> => {
    const answer = await client.send(new GetParametersCommand({ Names: [name], WithDecryption: true }));
    return answer.Parameters?.[0]?.Value;
  };
  return {
    get: async () => {
      const value = await read();
      return value === undefined ? null : gitHubAppSchema.parse(JSON.parse(value));
    },
    create: async (app) => {
      const value = JSON.stringify(app);
      // Where an answer was lost the SDK tries again, and finds its own.
      return (await putSecureString(client, name, value, "missing")) || (await read()) === value;
    },
    remove: async () => {
      const { DeletedParameters = [] } = await client.send(new DeleteParametersCommand({ Names: [name] }));
      return DeletedParameters.length > 0;
    },
  };
}
