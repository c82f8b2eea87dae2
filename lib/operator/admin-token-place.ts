import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { longPrefix } from "../infra/installation.ts";
import type { AwsAccess } from "./target.ts";

/** The parameter in which an installation's first admin token lies. */
export const adminTokenParameter = (stackName: string): string => `/${longPrefix(stackName)}/admin-token`;

/** Keeps the token where only those can read it who may decrypt the account's parameters. Answers the parameter's name. */
export async function keepAdminToken(stackName: string, token: string, aws: AwsAccess): Promise<string> {
  const client = new SSMClient({ region: aws.region, credentials: aws.credentials });
  const Name = adminTokenParameter(stackName);
  try {
    await client.send(
      new PutParameterCommand({
        Name,
        Type: "SecureString",
        Value: token,
        Overwrite: true,
        Description: "Slipway: the first admin token. Delete it once you have stored it elsewhere.",
      }),
    );
    return Name;
  } finally {
    client.destroy();
  }
}
