import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import { buildKitRepository, repositoriesOf } from "../../core/images.ts";
import type { ImageAccess } from "../../core/ports/builds.ts";
import { dockerActions, pullActions } from "../ecr/docker-actions.ts";

/** A role that a function's role assumes is chained: it lasts no longer. */
const seconds = 3600;

export interface ImageAccessOptions {
  /** A role that may do that with the repositories of all apps. */
  readonly roleArn: string;
  /** What the ARNs of all apps' repositories begin with. */
  readonly repositoriesArn: string;
}

/** Credentials of a role that is assumed for one build, with a session policy that names its app's repositories. */
export function awsImageAccess(client: STSClient, { roleArn, repositoriesArn }: ImageAccessOptions): ImageAccess {
  return {
    credentials: async (appId, { deployment_id, attempt }) => {
      const { images, cache } = repositoriesOf(repositoriesArn, appId);
      const { Credentials: given } = await client.send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: `deployment-${deployment_id}-build-${attempt}`,
          DurationSeconds: seconds,
          Policy: JSON.stringify({
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Action: "ecr:GetAuthorizationToken", Resource: "*" },
              { Effect: "Allow", Action: dockerActions, Resource: [images, cache] },
              { Effect: "Allow", Action: pullActions, Resource: buildKitRepository(repositoriesArn) },
            ],
          }),
        }),
      );
      if (given?.AccessKeyId === undefined || given.SecretAccessKey === undefined || given.SessionToken === undefined)
        throw new Error("STS gave no credentials for the repositories of an app.");
      return {
        access_key_id: given.AccessKeyId,
        secret_access_key: given.SecretAccessKey,
        session_token: given.SessionToken,
        expires_at: (given.Expiration ?? new Date()).toISOString(),
      };
    },
  };
}
